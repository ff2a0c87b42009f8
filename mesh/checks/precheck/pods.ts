import { isObject, type Json, type JsonObject } from "../../common/json";
import { type K8sObject, podTemplate } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt } from "../../k8s/workload";
import { scales } from "../../scaling/scalers";

/** Returns the workloads among objects. */
export function workloadsOf(objects: readonly K8sObject[]): K8sObject[] {
  return objects.filter((object) =>
    ["Deployment", "DaemonSet", "StatefulSet"].includes(object.kind),
  );
}

export function podSpec(workload: K8sObject): JsonObject {
  const spec = podTemplate(workload)?.spec;
  return isObject(spec) ? spec : {};
}

function count(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** Returns how many pods a workload may have, by its autoscaler or its replicas. */
export function podCounts(
  workload: K8sObject,
  autoscalers: readonly K8sObject[],
): { readonly min: number; readonly max: number } {
  const own = autoscalers.find((one) => scales(one, workload));
  if (own !== undefined) {
    const min = count(getPath(own, "spec.minReplicas"), 1);
    return { min, max: count(getPath(own, "spec.maxReplicas"), min) };
  }
  const replicas = count(getPath(workload, "spec.replicas"), 1);
  return { min: replicas, max: replicas };
}

export function containersOf(workload: K8sObject): JsonObject[] {
  return listAt(podSpec(workload), "containers");
}
