import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { sameNamespace } from "../../k8s/workload";
import { scalerTitle, scales, statesReplicas } from "../../scaling/scalers";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { podCounts, workloadsOf } from "./pods";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "autoscalers" | "existing">;

const found = findingsOf("autoscalers");

function bounds(autoscaler: K8sObject): Finding[] {
  const { minReplicas, maxReplicas } = (autoscaler.spec ?? {}) as Record<string, unknown>;
  if (typeof minReplicas !== "number" || typeof maxReplicas !== "number") {
    return [];
  }
  return minReplicas <= maxReplicas
    ? []
    : [
        found.error(
          objectTitle(autoscaler),
          `minReplicas ${minReplicas} is above maxReplicas ${maxReplicas}; the API server refuses it`,
          "lower the one or raise the other in the inputs",
        ),
      ];
}

/** An autoscaler of another owner beside the mesh's own. */
function rival(one: K8sObject, workload: K8sObject): Finding {
  const { namespace, name } = identityOf(one);
  return found.error(
    objectTitle(one),
    `scales ${objectTitle(workload)} too, against the mesh's own autoscaler: the number of its pods would go up and down`,
    `kubectl -n ${namespace} delete hpa ${name}`,
  );
}

/** An autoscaler of another owner for a workload of the mesh. */
function foreign(workload: K8sObject, planned: readonly K8sObject[], live: Live): Finding[] {
  const others = live.autoscalers.filter(
    (one) =>
      scales(one, workload) &&
      !planned.some(
        (own) => sameNamespace(own, one) && identityOf(own).name === identityOf(one).name,
      ),
  );
  if (planned.some((own) => scales(own, workload))) {
    return others.map((one) => rival(one, workload));
  }
  return others
    .filter(() => statesReplicas(workload))
    .map((one) =>
      found.info(
        objectTitle(workload),
        `its number of pods is set by ${scalerTitle(one)}, which is not of the mesh; the replicas of the inputs are not applied`,
      ),
    );
}

/** More pods run than the maximum, so the update removes some. */
function aboveMax(workload: K8sObject, planned: readonly K8sObject[], live: Live): Finding[] {
  const own = live.existing.find(({ planned: one }) => one === workload)?.live;
  const replicas = own === undefined ? undefined : getPath(own, "spec.replicas");
  const { max } = podCounts(workload, planned);
  const hasOwn = planned.some((one) => scales(one, workload));
  return typeof replicas === "number" && hasOwn && replicas > max
    ? [
        found.warning(
          objectTitle(workload),
          `runs ${replicas} pods, and its autoscaler allows at most ${max}: the update takes ${replicas - max} away`,
          `raise the autoscaler's maximum in the inputs to ${replicas} or more`,
        ),
      ]
    : [];
}

/** Autoscalers that the API server refuses, that scale the same workload, or that remove pods. */
export function checkAutoscalers(desired: DesiredMesh, live: Live): Finding[] {
  const planned = desired.objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  return [
    ...planned.flatMap(bounds),
    ...workloadsOf(desired.objects).flatMap((workload) => [
      ...foreign(workload, planned, live),
      ...aboveMax(workload, planned, live),
    ]),
  ];
}

export const autoscalers = precheckOf({
  id: "autoscalers",
  title: "autoscalers",
  fine: "they fit the pods that run",
  needs: ["desired", "autoscalers", "existing"],
  run: ({ desired, ...live }) => checkAutoscalers(desired, live),
});
