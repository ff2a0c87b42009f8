import type { JsonObject } from "../../common/json";
import { type Labels, labelsOf, textEntries } from "../../k8s/istioLabels";
import { patchCommand } from "../../k8s/kubectl";
import { getPath } from "../../k8s/path";
import { selects } from "../../k8s/selector";
import { nameOf, namespaceOf, templateOf } from "../../k8s/workload";
import { gatewayKind, gatewayWorkloads } from "../../snapshot/gateways";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { validationOf } from "./define";
import { workloadTitle } from "./gateways";
import type { MeshState } from "./state";

const report = findingsOf("gateway-selector");

/** With its group, because the Gateway API has a kind of that name too. */
const RESOURCE = "gateways.networking.istio.io";

interface Candidate {
  readonly title: string;
  readonly labels: Labels;
}

function wrongKeys(selector: Labels, { labels }: Candidate): string[] {
  return Object.keys(selector).filter((key) => labels[key] !== selector[key]);
}

function fixOf(resource: JsonObject, selector: Labels, gateways: readonly Candidate[]): string {
  const [near] = [...gateways].sort(
    (a, b) => wrongKeys(selector, a).length - wrongKeys(selector, b).length,
  );
  const key = near === undefined ? undefined : wrongKeys(selector, near)[0];
  if (near === undefined || key === undefined) {
    return "start the gateway that it is for, or delete it";
  }
  const named = { kind: RESOURCE, namespace: namespaceOf(resource), name: nameOf(resource) };
  const changes = wrongKeys(selector, near).map((each) => [each, near.labels[each] ?? null]);
  const command = patchCommand(named, { spec: { selector: Object.fromEntries(changes) } });
  const has = near.labels[key];
  return has === undefined
    ? `leave ${key} out of spec.selector: the pods of ${near.title} have no such label; ${command}`
    : `write "${key}: ${has}" in spec.selector, as the pods of ${near.title} have it: ${command}`;
}

function resourceFinding(
  resource: JsonObject,
  pods: readonly Labels[],
  gateways: readonly Candidate[],
): Finding {
  const object = `Gateway ${namespaceOf(resource)}/${nameOf(resource)}`;
  const selector = textEntries(getPath(resource, "spec.selector"));
  const text = Object.entries(selector).map((entry) => entry.join("="));
  const count = pods.filter((labels) => selects(selector, labels)).length;
  return count > 0
    ? report.ok(object, `selects ${count} ${count === 1 ? "pod" : "pods"}`)
    : report.error(
        object,
        `its selector ${text.join(",")} matches no pod, so nothing serves it`,
        fixOf(resource, selector, gateways),
      );
}

/** Checks that Gateway resources select pods. Like istiod, it counts pods of every namespace. */
export function checkGatewayResources(
  state: Pick<Read<MeshState>, "gatewayResources" | "pods" | "workloads">,
): Finding[] {
  const pods = state.pods.map(labelsOf);
  // A waypoint serves no Gateway of Istio's own API.
  const gateways = gatewayWorkloads(state.workloads)
    .filter(({ object }) => gatewayKind(templateOf(object)) !== "waypoint")
    .map((gateway) => ({
      title: workloadTitle(gateway),
      labels: labelsOf(templateOf(gateway.object)),
    }));
  return state.gatewayResources.map((resource) => resourceFinding(resource, pods, gateways));
}

export const gatewayResources = validationOf({
  id: "gateway-selector",
  needs: ["gatewayResources", "pods", "workloads"],
  run: checkGatewayResources,
});
