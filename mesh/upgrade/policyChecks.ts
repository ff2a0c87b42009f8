import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import { gatewayTitle } from "../model/facts";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import type { UpgradePolicy } from "../model/upgradeInputs";
import { upgradeProblem } from "./replacedPlanes";

function checkWeights({ weights = [] }: UpgradePolicy): Problem[] {
  return weights.flatMap((value, index) => {
    const path = `policy.weights[${index}]`;
    const before = weights[index - 1] ?? 0;
    if (!Number.isInteger(value) || value < 1 || value > 100) {
      const allowed = "whole numbers from 1 to 100";
      return [
        upgradeProblem(path, { value, reason: "is no share of traffic in percent", allowed }),
      ];
    }
    return value > before
      ? []
      : [
          upgradeProblem(path, {
            value,
            reason: `is not larger than the share before it (${before})`,
            fix: "name the shares from the smallest to the largest",
          }),
        ];
  });
}

function checkNames(
  path: string,
  names: readonly string[],
  known: readonly (readonly string[])[],
  what: string,
): Problem[] {
  const shown = known.map(([name = ""]) => name);
  const index = (name: string) => known.findIndex((own) => own.includes(name));
  const places = names.map(index);
  return names.flatMap((value, at) => {
    const allowed = shown.join(", ") || "none, because the inputs have none";
    if (places[at] === -1) {
      const fix = didYouMean(value, known.flat()) ?? "take it out";
      return [upgradeProblem(path, { value, reason: `is no ${what} of the mesh`, allowed, fix })];
    }
    return places.indexOf(places[at] ?? -1) === at
      ? []
      : [upgradeProblem(path, { value, reason: "is given twice", fix: "name it once" })];
  });
}

function checkBatch({ namespaceBatch: value = 1 }: UpgradePolicy): Problem[] {
  return Number.isInteger(value) && value >= 1
    ? []
    : [
        upgradeProblem("policy.namespaceBatch", {
          value,
          reason: "is no number of namespaces",
          allowed: "whole numbers from 1",
        }),
      ];
}

/** Returns the names by which a policy may call a gateway: with its namespace, and without if that is enough. */
export function gatewayNames(inputs: Pick<ServiceMeshInputs, "gateways">): string[][] {
  const { gateways = [] } = inputs;
  return gateways.map((gateway) => {
    const isOnly = gateways.filter(({ name }) => name === gateway.name).length === 1;
    return isOnly ? [gateway.name, gatewayTitle(gateway)] : [gatewayTitle(gateway)];
  });
}

/** Returns everything that is wrong with the policy of an upgrade, apart from its revisions. */
export function checkPolicy(policy: UpgradePolicy, inputs: ServiceMeshInputs): Problem[] {
  const { gatewayGroups = [], namespaceGroups = [], tags = [] } = policy;
  const namespaces = (inputs.namespaces ?? []).map(({ name }) => [name]);
  const knownTags = Object.keys(inputs.tags ?? {}).map((name) => [name]);
  return [
    ...checkWeights(policy),
    ...checkBatch(policy),
    ...checkNames("policy.gatewayGroups", gatewayGroups.flat(), gatewayNames(inputs), "gateway"),
    ...checkNames("policy.namespaceGroups", namespaceGroups.flat(), namespaces, "namespace"),
    ...checkNames("policy.tags", tags, knownTags, "tag"),
  ];
}
