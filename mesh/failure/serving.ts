import type { JsonObject } from "../common/json";
import { counted } from "../common/lists";
import { labelsOf } from "../k8s/istioLabels";
import { countAt, isReady, nameOf } from "../k8s/workload";
import { podsByAge, type RolloutState } from "./newPods";

/** Labels that the revisions of one gateway, or those of istiod, have in common. */
const FAMILY = ["app.kubernetes.io/name", "app"];

function isPeer(other: JsonObject, own: JsonObject): boolean {
  const [theirs, ours] = [labelsOf(other), labelsOf(own)];
  const isRelated = FAMILY.some((label) => ours[label] && theirs[label] === ours[label]);
  return isRelated && nameOf(other) !== nameOf(own);
}

function formerPods(state: RolloutState): string[] {
  const { length } = podsByAge(state).former.filter(isReady);
  return length === 0 ? [] : [`${counted(length, "ready pod")} of its earlier template`];
}

function available(deployment: JsonObject): number {
  return countAt(deployment, "status.availableReplicas");
}

function peerText(deployment: JsonObject): string {
  const wanted = countAt(deployment, "spec.replicas");
  return `Deployment ${nameOf(deployment)} (${available(deployment)} of ${counted(wanted, "pod")} available)`;
}

/**
 * Returns what still serves while a workload does not become ready, with numbers: its own earlier
 * pods, and the other revisions.
 *
 * @param deployments the Deployments of its namespace
 * @example servesOn(state, deployments) // ["Deployment web-1-30-4 (9 of 9 pods available)"]
 */
export function servesOn(state: RolloutState, deployments: readonly JsonObject[]): string[] {
  const { object, kind } = state.workload;
  const peers = kind === "Deployment" ? deployments.filter((other) => isPeer(other, object)) : [];
  return [
    ...formerPods(state),
    ...peers.filter((deployment) => available(deployment) > 0).map(peerText),
  ];
}
