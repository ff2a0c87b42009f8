import type { JsonObject } from "../common/json";
import { planGateway, type RevisionPlan, sharedSelector } from "../gateway/plan";
import { labelsOf } from "../k8s/istioLabels";
import { identityOf, type K8sObject, podTemplate } from "../k8s/objects";
import { selectorOf, selects } from "../k8s/selector";
import type { GatewayInputs } from "../model/gatewayInputs";
import { replicasOf } from "./handOver";

/** A Deployment and its number of pods. */
export interface GatewayPodCount {
  readonly deployment: string;
  readonly pods: number;
}

/**
 * Returns the gateway that a Deployment or Service belongs to, even if no revision has its name
 * any more.
 */
export function gatewayOf(
  object: K8sObject,
  gateways: readonly GatewayInputs[],
): GatewayInputs | undefined {
  const { kind, namespace, name } = identityOf(object);
  return gateways
    .filter((gateway) => gateway.namespace === namespace)
    .find((gateway) =>
      kind === "Service"
        ? gateway.name === name
        : selects(sharedSelector(gateway), labelsOf(podTemplate(object))),
    );
}

/**
 * Returns the Deployments of a gateway among those of its namespace, with the number of their
 * pods.
 */
export function gatewayPodCounts(
  gateway: GatewayInputs,
  deployments: readonly JsonObject[],
): GatewayPodCount[] {
  return deployments
    .map((object) => ({ ...object, kind: "Deployment" }) as unknown as K8sObject)
    .filter((object) => gatewayOf(object, [gateway]) !== undefined)
    .map((object) => ({ deployment: identityOf(object).name, pods: replicasOf(object) ?? 1 }));
}

/**
 * Returns whether a step takes pods from a gateway whose other revisions are autoscaled: it
 * deletes the Deployment of a removed revision, lowers the number of pods, or makes the Service
 * select another revision.
 *
 * @param after absent if the object is deleted
 */
export function losesPods(
  gateway: GatewayInputs,
  before: K8sObject,
  after: K8sObject | undefined,
): boolean {
  if (gateway.autoscaling === undefined) {
    return false;
  }
  if (before.kind === "Service") {
    return after !== undefined && !selects(selectorOf(after), selectorOf(before));
  }
  if (after === undefined) {
    const names = planGateway(gateway).revisions.map(({ deployment }) => deployment);
    return !names.includes(identityOf(before).name);
  }
  const [old, now] = [replicasOf(before), replicasOf(after)];
  return now !== undefined && now < (old ?? Number.POSITIVE_INFINITY);
}

function shareOf(
  { weight, serves }: RevisionPlan,
  gateway: GatewayInputs,
  live: readonly GatewayPodCount[],
): number {
  const counts = live.map(({ pods }) => pods);
  if (gateway.traffic === "active") {
    return serves ? Math.max(0, ...counts) : 0;
  }
  const plan = planGateway(gateway).revisions;
  const weights = plan.reduce((sum, own) => sum + own.weight, 0);
  const pods = counts.reduce((sum, count) => sum + count, 0);
  return Math.ceil((pods * weight) / weights);
}

/**
 * Returns how many pods the revisions of a gateway need before other revisions lose theirs, so
 * that as many pods serve as before. Each gets its share of the running pods, within the bounds of
 * its autoscaler. The autoscaler of a revision that has just taken over would otherwise start at
 * its minimum.
 *
 * @returns only autoscaled revisions that have fewer pods
 * @example
 * neededPods({ ...gateway, autoscaling: { minReplicas: 2, maxReplicas: 10 } }, [{ deployment: "web-1-30-4", pods: 9 }])
 * // [{ deployment: "web-1-31-0", pods: 9 }]
 */
export function neededPods(
  gateway: GatewayInputs,
  live: readonly GatewayPodCount[],
): GatewayPodCount[] {
  return planGateway(gateway).revisions.flatMap((revision) => {
    const { deployment, autoscaling } = revision;
    if (autoscaling === undefined) {
      return [];
    }
    const share = shareOf(revision, gateway, live);
    const pods = Math.min(Math.max(share, autoscaling.min), autoscaling.max);
    const now = live.find((own) => own.deployment === deployment)?.pods ?? 0;
    return pods > now ? [{ deployment, pods }] : [];
  });
}
