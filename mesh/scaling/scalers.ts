import { isObject } from "../common/json";
import { identityOf, type K8sObject, objectTitle } from "../k8s/objects";
import { getPath } from "../k8s/path";

/** Kinds of objects that set a workload's number of pods, through their `spec.scaleTargetRef`. */
const SCALERS = ["HorizontalPodAutoscaler", "ScaledObject"];

/**
 * Returns whether an object sets a number of pods: a HorizontalPodAutoscaler, or KEDA's
 * ScaledObject.
 */
export function isScaler({ kind }: Pick<K8sObject, "kind">): boolean {
  return SCALERS.includes(kind);
}

/**
 * Returns whether an autoscaler sets the number of pods of a workload.
 *
 * @see https://keda.sh/docs/latest/reference/scaledobject-spec/ (a Deployment is the default kind)
 */
export function scales(scaler: K8sObject, workload: K8sObject): boolean {
  const { kind, name, namespace } = identityOf(workload);
  const target = getPath(scaler, "spec.scaleTargetRef");
  return (
    isScaler(scaler) &&
    isObject(target) &&
    identityOf(scaler).namespace === namespace &&
    (target.kind ?? "Deployment") === kind &&
    target.name === name
  );
}

/**
 * Returns the autoscaler that sets a workload's number of pods, or `undefined` if there is none.
 */
export function scalerOf(
  workload: K8sObject,
  scalers: readonly K8sObject[],
): K8sObject | undefined {
  return scalers.find((scaler) => scales(scaler, workload));
}

/** Returns whether a workload sets its number of pods. */
export function statesReplicas({ spec }: K8sObject): boolean {
  return isObject(spec) && spec.replicas !== undefined;
}

/**
 * Returns a workload as it is applied: without its number of pods if an autoscaler sets it.
 * Otherwise each update of the workload would undo the autoscaler's work (istio#41481).
 *
 * @param scalers the autoscalers of the mesh, and other autoscalers in the cluster
 * @example withoutScaledReplicas(deployment, [autoscaler]).spec // no `replicas`
 */
export function withoutScaledReplicas<T extends K8sObject>(
  workload: T,
  scalers: readonly K8sObject[],
): T {
  if (!isObject(workload.spec) || scalerOf(workload, scalers) === undefined) {
    return workload;
  }
  const { replicas: _, ...spec } = workload.spec;
  return { ...workload, spec };
}

function boundsText(scaler: K8sObject): string {
  const { minReplicas, maxReplicas, minReplicaCount, maxReplicaCount } = (scaler.spec ??
    {}) as Record<string, unknown>;
  const [least, most] = [minReplicas ?? minReplicaCount, maxReplicas ?? maxReplicaCount];
  return most === undefined ? "" : ` (${least ?? 1} to ${most})`;
}

/**
 * Returns the title of an autoscaler with its bounds.
 *
 * @example scalerTitle(autoscaler) // "HorizontalPodAutoscaler edge/web (2 to 9)"
 */
export function scalerTitle(scaler: K8sObject): string {
  return objectTitle(scaler) + boundsText(scaler);
}
