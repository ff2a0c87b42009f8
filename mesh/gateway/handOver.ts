import { isObject, type JsonObject } from "../json";
import type { K8sObject } from "../patch/types";

/** Field manager that holds the number of pods until the autoscaler writes it for the first time. */
export const HAND_OVER_MANAGER = "pulumi-service-mesh-hand-over";

function replicasOf(object: unknown): number | undefined {
  const spec = isObject(object) && isObject(object.spec) ? object.spec : {};
  return typeof spec.replicas === "number" ? spec.replicas : undefined;
}

/**
 * Whether an update of a Deployment gives its number of pods to an autoscaler. To the API server the
 * number is then gone, and it sets 1 (istio#41481), unless another manager holds it.
 *
 * @param before the Deployment of the last update
 * @param after the Deployment now
 */
export function handsOver(before: unknown, after: unknown): boolean {
  return (replicasOf(before) ?? 0) > 0 && isObject(after) && replicasOf(after) === undefined;
}

/**
 * What to apply, server-side and as {@link HAND_OVER_MANAGER}, before an update that hands over: the
 * number of pods that the Deployment has at that moment. `undefined` for one without pods: there the
 * autoscaler has to begin anew.
 *
 * @param live the Deployment in the cluster
 */
export function holdReplicas(live: K8sObject): JsonObject | undefined {
  const replicas = replicasOf(live);
  const { name = null, namespace = null } = live.metadata;
  return replicas === undefined || replicas === 0
    ? undefined
    : {
        apiVersion: live.apiVersion,
        kind: live.kind,
        metadata: { name, namespace },
        spec: { replicas },
      };
}
