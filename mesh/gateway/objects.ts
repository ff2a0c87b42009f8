import type { K8sObject } from "../k8s/objects";
import type { GatewayInputs } from "../model/gatewayInputs";
import { role, roleBinding, serviceAccount } from "./access";
import { egressObjects } from "./egress";
import { planGateway, type RevisionPlan } from "./plan";
import { deployment, horizontalPodAutoscaler, podDisruptionBudget } from "./revision";
import { eastWestObjects, tlsObjects } from "./routing";
import { service } from "./service";

/** The objects of one revision. */
export interface RevisionObjects {
  readonly plan: RevisionPlan;
  readonly deployment: K8sObject;
  /** Its PodDisruptionBudget, and its autoscaler if it has one. */
  readonly others: readonly K8sObject[];
}

/** The objects of a gateway, grouped by when they are applied. */
export interface GatewayObjectGroups {
  /** The service account and its permissions, which the pods need. */
  readonly access: readonly K8sObject[];
  readonly service: K8sObject;
  readonly revisions: readonly RevisionObjects[];
  /** Istio's own objects, which need a running gateway. */
  readonly routing: readonly K8sObject[];
}

function revisionObjects(inputs: GatewayInputs, plan: RevisionPlan): RevisionObjects {
  const autoscaler = horizontalPodAutoscaler(inputs, plan);
  return {
    plan,
    deployment: deployment(inputs, plan),
    others: [podDisruptionBudget(inputs, plan), ...(autoscaler === undefined ? [] : [autoscaler])],
  };
}

/** Returns the objects of a gateway whose inputs are valid (see `checkGatewayInputs`). */
export function gatewayObjectGroups(inputs: GatewayInputs): GatewayObjectGroups {
  return {
    access: [serviceAccount(inputs), role(inputs), roleBinding(inputs)],
    service: service(inputs),
    revisions: planGateway(inputs).revisions.map((plan) => revisionObjects(inputs, plan)),
    routing: [...tlsObjects(inputs), ...egressObjects(inputs), ...eastWestObjects(inputs)],
  };
}

/**
 * Returns every object of a gateway, in the order in which they are applied.
 *
 * - With `traffic: shared`, the Service comes before the Deployments, because it does not change
 *   with them.
 * - With `traffic: active`, it comes after them, because it must not select a revision that is not
 *   ready.
 *
 * @example
 * gatewayObjects(inputs).map(({ kind }) => kind)
 * // ["ServiceAccount", "Role", "RoleBinding", "Service", "Deployment", "PodDisruptionBudget"]
 */
export function gatewayObjects(inputs: GatewayInputs): K8sObject[] {
  const parts = gatewayObjectGroups(inputs);
  const pods = parts.revisions.flatMap(({ deployment: own, others }) => [own, ...others]);
  const middle = inputs.traffic === "active" ? [...pods, parts.service] : [parts.service, ...pods];
  return [...parts.access, ...middle, ...parts.routing];
}
