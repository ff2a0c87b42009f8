import type { JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import type { GatewayInputs } from "../model/gatewayInputs";
import { metadata } from "./metadata";
import { DEPLOYMENT_LABEL, type RevisionPlan } from "./plan";
import { gatewayPodTemplate } from "./pod";
import type { Bounds } from "./weights";

const DEFAULT_CPU_PERCENT = 80;

/**
 * Contains only the Deployment's name. A selector cannot be changed, so it must not contain
 * anything that can change (istio#54145). The selectors of two Deployments never overlap. They
 * would, if they were the Service's labels.
 */
function selector({ deployment }: RevisionPlan): JsonObject {
  return { matchLabels: { [DEPLOYMENT_LABEL]: deployment } };
}

/**
 * New pods start before old ones end, so the number of ready pods never falls below the wanted
 * number. This needs a quarter more pods for a while, and at least one.
 */
function strategy({ rollingUpdate }: GatewayInputs): JsonObject {
  const { maxSurge = "25%", maxUnavailable = 0 } = rollingUpdate ?? {};
  return { rollingUpdate: { maxSurge, maxUnavailable }, type: "RollingUpdate" };
}

/**
 * Returns the Deployment of one revision. Under an autoscaler `replicas` is left out, because the
 * autoscaler sets it (istio#41481).
 */
export function deployment(inputs: GatewayInputs, revision: RevisionPlan): K8sObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(inputs, revision.deployment),
    spec: {
      ...(revision.replicas !== undefined && { replicas: revision.replicas }),
      selector: selector(revision),
      strategy: strategy(inputs),
      template: gatewayPodTemplate(inputs, revision),
    },
  };
}

function autoscaler(
  inputs: GatewayInputs,
  { deployment: name }: RevisionPlan,
  { min, max }: Bounds,
): K8sObject {
  const averageUtilization = inputs.autoscaling?.cpuPercent ?? DEFAULT_CPU_PERCENT;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadata(inputs, name),
    spec: {
      maxReplicas: max,
      metrics: [
        {
          resource: { name: "cpu", target: { averageUtilization, type: "Utilization" } },
          type: "Resource",
        },
      ],
      minReplicas: min,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    },
  };
}

/** Returns the autoscaler of one revision, if it has one. */
export function horizontalPodAutoscaler(
  inputs: GatewayInputs,
  revision: RevisionPlan,
): K8sObject | undefined {
  const { autoscaling } = revision;
  return autoscaling === undefined ? undefined : autoscaler(inputs, revision, autoscaling);
}

/**
 * Allows the eviction of one pod of a revision at a time. With `minAvailable`, a canary of one pod
 * would block the drain of its node forever.
 */
export function podDisruptionBudget(inputs: GatewayInputs, revision: RevisionPlan): K8sObject {
  const limit = inputs.disruptionBudget ?? { maxUnavailable: 1 };
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(inputs, revision.deployment),
    spec: { ...limit, selector: selector(revision) },
  };
}
