import type { JsonObject } from "../common/json";
import { getPath } from "../k8s/path";
import { condition, countAt, nameOf, namespaceOf, templateOf } from "../k8s/workload";
import { revisionOf } from "../snapshot/controlPlanes";
import { gatewayDeployments } from "./gatewayParts";
import type { Pending } from "./types";
import { istiods, resolveRevision, type View } from "./view";

/** The autoscaler wants more than it may; one with a single number has no choice. */
function isAtMax(autoscaler: JsonObject): boolean {
  const limited = condition(autoscaler, "ScalingLimited");
  const max = countAt(autoscaler, "spec.maxReplicas");
  const isFull = countAt(autoscaler, "status.currentReplicas") >= max;
  const hasRoom = max > countAt(autoscaler, "spec.minReplicas");
  const wantsMore = limited?.status === "True" && limited.reason === "TooManyReplicas";
  return wantsMore || (isFull && hasRoom);
}

function targetOf(autoscaler: JsonObject, deployments: readonly JsonObject[]) {
  return deployments.find(
    (deployment) =>
      getPath(autoscaler, "spec.scaleTargetRef.kind") === "Deployment" &&
      getPath(autoscaler, "spec.scaleTargetRef.name") === nameOf(deployment) &&
      namespaceOf(autoscaler) === namespaceOf(deployment),
  );
}

function revisionOfTarget(deployment: JsonObject, view: View): string {
  const isIstiod = istiods(view).includes(deployment);
  return isIstiod
    ? revisionOf(deployment)
    : resolveRevision(revisionOf(templateOf(deployment)), view);
}

/** Autoscalers of control planes and gateways that can grow no more. */
export function autoscalerPending(view: View): Pending[] {
  const deployments = [...istiods(view), ...gatewayDeployments(view)];
  return view.live.lists.horizontalpodautoscalers.filter(isAtMax).flatMap((autoscaler) => {
    const target = targetOf(autoscaler, deployments);
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
            reason: `is at its most, ${max} pods, and can grow no more`,
            fix: "raise maxReplicas, or give the pods more CPU",
          },
        ];
  });
}
