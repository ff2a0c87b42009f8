import type { K8sObject } from "../../patch/types";
import { identityOf, objectTitle } from "../../render/objects";
import { getPath } from "../../translate";
import type { Finding } from "../finding";
import { finder } from "./finder";
import { podCounts, sameNamespace, scales, workloadsOf } from "./pods";
import type { LiveState, Wish } from "./types";

const found = finder("autoscalers");

function bounds(autoscaler: K8sObject): Finding[] {
  const { minReplicas, maxReplicas } = (autoscaler.spec ?? {}) as Record<string, unknown>;
  if (typeof minReplicas !== "number" || typeof maxReplicas !== "number") {
    return [];
  }
  return minReplicas <= maxReplicas
    ? []
    : [
        found(
          "error",
          objectTitle(autoscaler),
          `minReplicas ${minReplicas} is above maxReplicas ${maxReplicas}; the API server refuses it`,
          "lower the one or raise the other in the inputs",
        ),
      ];
}

/** Somebody else's autoscaler for a workload of the mesh. */
function rivals(workload: K8sObject, wished: readonly K8sObject[], live: LiveState): Finding[] {
  const foreign = live.autoscalers.filter(
    (one) =>
      scales(one, workload) &&
      !wished.some(
        (own) => sameNamespace(own, one) && identityOf(own).name === identityOf(one).name,
      ),
  );
  const hasOwn = wished.some((own) => scales(own, workload));
  return foreign.map((one) => {
    const { namespace, name } = identityOf(one);
    const against = hasOwn ? "the mesh's own autoscaler" : "the replicas of the inputs";
    return found(
      "error",
      objectTitle(one),
      `scales ${objectTitle(workload)} too, against ${against}: the number of its pods would go up and down`,
      `kubectl -n ${namespace} delete hpa ${name}`,
    );
  });
}

/** More pods run than there may be, so that the update takes some away. */
function aboveMax(workload: K8sObject, wished: readonly K8sObject[], live: LiveState): Finding[] {
  const own = live.existing.find(({ wished: one }) => one === workload)?.live;
  const replicas = own === undefined ? undefined : getPath(own, "spec.replicas");
  const { max } = podCounts(workload, wished);
  const hasOwn = wished.some((one) => scales(one, workload));
  return typeof replicas === "number" && hasOwn && replicas > max
    ? [
        found(
          "warning",
          objectTitle(workload),
          `runs ${replicas} pods, and its autoscaler allows at most ${max}: the update takes ${replicas - max} away`,
          `raise the autoscaler's maximum in the inputs to ${replicas} or more`,
        ),
      ]
    : [];
}

/** Autoscalers that the API server refuses, that two have of one workload, or that take pods away. */
export function checkAutoscalers(wish: Wish, live: LiveState): Finding[] {
  const wished = wish.objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  return [
    ...wished.flatMap(bounds),
    ...workloadsOf(wish.objects).flatMap((workload) => [
      ...rivals(workload, wished, live),
      ...aboveMax(workload, wished, live),
    ]),
  ];
}
