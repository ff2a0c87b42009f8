import { isObject } from "../common/json";
import { identityOf, type K8sObject, objectTitle } from "../k8s/objects";
import { getPath } from "../k8s/path";

/** Kinds of objects that set the number of pods of a workload, by their `spec.scaleTargetRef`. */
const SCALERS = ["HorizontalPodAutoscaler", "ScaledObject"];

/** Whether an object sets a number of pods: a HorizontalPodAutoscaler, or KEDA's ScaledObject. */
export function isScaler({ kind }: Pick<K8sObject, "kind">): boolean {
  return SCALERS.includes(kind);
}

/**
 * Whether an autoscaler sets the number of pods of a workload.
 *
 * @see https://keda.sh/docs/latest/reference/scaledobject-spec/ (without a kind, a Deployment is meant)
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

/** The autoscaler that sets the number of pods of a workload; `undefined` if none does. */
export function scalerOf(
  workload: K8sObject,
  scalers: readonly K8sObject[],
): K8sObject | undefined {
  return scalers.find((scaler) => scales(scaler, workload));
}

/** Whether a workload states its number of pods. */
export function statesReplicas({ spec }: K8sObject): boolean {
  return isObject(spec) && spec.replicas !== undefined;
}

/**
 * A workload as it is applied: without its number of pods if an autoscaler sets that. Otherwise each
 * update of the workload would set back what the autoscaler has scaled (istio#41481).
 *
 * @param scalers the autoscalers of the mesh, and those of others in the cluster
 * @example
 * withoutScaledReplicas(deployment, [autoscaler]).spec // no `replicas`
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

/** @example scalerTitle(autoscaler) // "HorizontalPodAutoscaler edge/web (2 to 9)" */
export function scalerTitle(scaler: K8sObject): string {
  return objectTitle(scaler) + boundsText(scaler);
}
