import type { JsonObject } from "../../common/json";
import { diffFields } from "../../diff/fields";
import { type K8sObject, podTemplate } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { podCounts } from "./pods";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "existing" | "nodes">;

/** Returns whether an update changes the pod template of a workload. */
function changesPods(planned: K8sObject, live: K8sObject): boolean {
  const template = (object: K8sObject): JsonObject => podTemplate(object) ?? {};
  return diffFields(template(live), template(planned)).some(({ to }) => to !== undefined);
}

/**
 * Pods that an update makes while those that run stay: all of a new workload; of one that is there
 * those that it grows by, or the first of a rollout.
 */
export function newPods(workload: K8sObject, desired: DesiredMesh, live: Live): number {
  const old = live.existing.find(({ planned }) => planned === workload)?.live;
  if (workload.kind === "DaemonSet") {
    return old === undefined ? live.nodes.length : 0;
  }
  const autoscalers = desired.objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  const { min } = podCounts(workload, autoscalers);
  if (old === undefined) {
    return min;
  }
  const replicas = getPath(old, "spec.replicas");
  const growth = min - (typeof replicas === "number" ? replicas : 1);
  return Math.max(growth, changesPods(workload, old) ? 1 : 0);
}
