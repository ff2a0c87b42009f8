import { gatewayTitle, type MeshFacts, planeVersionText, revisionTitle } from "../model/facts";
import type { UpgradePlan } from "../upgrade/types";
import { stageOf } from "../upgrade/upgradePlan";
import type { PartVersion } from "./document";

function sharesText({ traffic, active, revisions }: MeshFacts["gateways"][number]): string {
  if (traffic === "active") {
    return revisionTitle(active ?? "");
  }
  const sum = revisions.reduce((total, { weight }) => total + weight, 0);
  const isAlone = revisions.length === 1 || sum === 0;
  return revisions
    .map(({ revision, weight }) => {
      const share = isAlone ? "" : ` (${Math.round((100 * weight) / sum)} %)`;
      return `${revisionTitle(revision)}${share}`;
    })
    .join(", ");
}

function partsOf(facts: MeshFacts): PartVersion[] {
  const planes = facts.controlPlanes.map((plane) => ({
    part: `control plane ${revisionTitle(plane.revision)}`,
    runs: `Istio ${planeVersionText(plane)}`,
  }));
  const gateways = facts.gateways.map((gateway) => ({
    part: `gateway ${gatewayTitle(gateway)}`,
    runs: sharesText(gateway),
  }));
  const tags = Object.entries(facts.tags).map(([tag, revision]) => ({
    part: `tag ${tag}`,
    runs: revisionTitle(revision),
  }));
  const namespaces = facts.namespaces.map(({ name, revision }) => ({
    part: `namespace ${name}`,
    runs: revisionTitle(revision),
  }));
  return [...planes, ...gateways, ...tags, ...namespaces];
}

/**
 * Returns what the parts of the mesh run in a stage.
 *
 * @example versionsAt(plan, "prepare")[0] // { part: "control plane 1-30-4", runs: "Istio 1.30.4" }
 */
export function versionsAt(plan: UpgradePlan, stage: string): PartVersion[] {
  const { facts, inputs } = stageOf(plan, stage);
  const own = { part: "the mesh's own version", runs: `Istio ${inputs.version ?? ""}` };
  return [own, ...partsOf(facts)];
}
