import type { JsonObject } from "../common/json";
import { getPath } from "../k8s/path";
import {
  condition,
  countAt,
  nameOf,
  namespaceOf,
  templateOf,
  type Workload,
} from "../k8s/workload";
import { isIstiod, revisionOf } from "../snapshot/controlPlanes";
import { gatewayWorkloads } from "../snapshot/gateways";
import { istiodWorkloads } from "./rollouts";
import type { Pending } from "./types";
import { resolveRevision, type View } from "./view";

/** Returns whether an autoscaler is at its maximum. One with min = max has no choice and is left out. */
function isAtMax(autoscaler: JsonObject): boolean {
  const limited = condition(autoscaler, "ScalingLimited");
  const max = countAt(autoscaler, "spec.maxReplicas");
  const isFull = countAt(autoscaler, "status.currentReplicas") >= max;
  const hasRoom = max > countAt(autoscaler, "spec.minReplicas");
  const wantsMore = limited?.status === "True" && limited.reason === "TooManyReplicas";
  return wantsMore || (isFull && hasRoom);
}

function targetOf(autoscaler: JsonObject, workloads: readonly Workload[]) {
  return workloads.find(
    ({ kind, object }) =>
      getPath(autoscaler, "spec.scaleTargetRef.kind") === kind &&
      getPath(autoscaler, "spec.scaleTargetRef.name") === nameOf(object) &&
      namespaceOf(autoscaler) === namespaceOf(object),
  );
}

function revisionOfTarget({ object }: Workload, view: View): string {
  return isIstiod(object)
    ? revisionOf(object)
    : resolveRevision(revisionOf(templateOf(object)), view);
}

/** Autoscalers of control planes and gateways that are at their maximum. */
export function autoscalerPending(view: View): Pending[] {
  const workloads = [...istiodWorkloads(view), ...gatewayWorkloads(view.workloads)];
  return view.lists.autoscalers.filter(isAtMax).flatMap((autoscaler) => {
    const target = targetOf(autoscaler, workloads);
    const namespace = namespaceOf(autoscaler);
    const max = countAt(autoscaler, "spec.maxReplicas");
    return target === undefined
      ? []
      : [
          {
            check: "autoscaler",
            severity: "warning",
            object: `HorizontalPodAutoscaler ${namespace}/${nameOf(autoscaler)}`,
            namespace,
            revisions: [revisionOfTarget(target, view)],
            reason: `is at its maximum of ${max} pods`,
            fix: "raise maxReplicas, or give the pods more CPU",
          },
        ];
  });
}
