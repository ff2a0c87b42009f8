import { isObject, type JsonObject } from "../common/json";
import { type K8sObject, objectTitle } from "../k8s/objects";

/**
 * The field manager that owns the number of pods until the autoscaler writes it for the first
 * time.
 */
export const HAND_OVER_MANAGER = "pulumi-service-mesh-hand-over";

/** Returns the number of pods that a workload sets, or `undefined` if it sets none. */
export function replicasOf(object: unknown): number | undefined {
  const spec = isObject(object) && isObject(object.spec) ? object.spec : {};
  return typeof spec.replicas === "number" ? spec.replicas : undefined;
}

/**
 * Returns whether an update hands the number of pods over to an autoscaler. The API server then
 * sets the number to 1 (istio#41481), unless another field manager owns it.
 *
 * @param before the workload of the last update
 * @param after the workload of this update
 */
export function handsOver(before: unknown, after: unknown): boolean {
  return (replicasOf(before) ?? 0) > 0 && isObject(after) && replicasOf(after) === undefined;
}

/** Returns whether an update takes the number of pods back from an autoscaler. */
export function takesBack(before: unknown, after: unknown): boolean {
  return isObject(before) && replicasOf(before) === undefined && replicasOf(after) !== undefined;
}

/**
 * Returns what to apply, server-side and as {@link HAND_OVER_MANAGER}, before an update that hands
 * over: the current number of pods. Returns `undefined` for a workload without pods: an autoscaler
 * ignores 0, so it must start from the API server's 1.
 *
 * @param live the workload in the cluster
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

const podsText = (count: number) => `${count} pod${count === 1 ? "" : "s"}`;

/**
 * Says what happens to the running pods when an autoscaler is switched on or off.
 *
 * @param live the workload in the cluster
 * @param scaler the title of the autoscaler that sets the number from now on; absent if there is none
 * @returns `undefined` if there is nothing to report
 * @example
 * handOverText(before, after, live, "HorizontalPodAutoscaler edge/web (2 to 9)")
 * // "Deployment edge/web: its 6 pods stay; from now on HorizontalPodAutoscaler edge/web (2 to 9) sets their number"
 */
export function handOverText(
  before: unknown,
  after: unknown,
  live: K8sObject,
  scaler: string | undefined,
): string | undefined {
  const running = replicasOf(live) ?? 0;
  const title = objectTitle(live);
  if (handsOver(before, after) && running > 0) {
    const who = scaler ?? "an autoscaler";
    const stay = running === 1 ? "its 1 pod stays" : `its ${running} pods stay`;
    return `${title}: ${stay}; from now on ${who} sets their number`;
  }
  const wished = replicasOf(after);
  return takesBack(before, after) && wished !== running
    ? `${title}: its ${podsText(running)} become ${wished}, as no autoscaler sets their number any more`
    : undefined;
}
