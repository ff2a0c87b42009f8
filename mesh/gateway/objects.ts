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
  /** Its disruption budget, and its autoscaler if it has one. */
  readonly others: readonly K8sObject[];
}

/** The objects of a gateway, by when they are applied. */
export interface GatewayObjectGroups {
  /** Account and access; the pods need them. */
  readonly access: readonly K8sObject[];
  readonly service: K8sObject;
  readonly revisions: readonly RevisionObjects[];
  /** Istio's own objects, which need the gateway to be there. */
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

/** The objects of a gateway whose inputs are sound (see `checkGateway`). */
export function gatewayObjectGroups(inputs: GatewayInputs): GatewayObjectGroups {
  return {
    access: [serviceAccount(inputs), role(inputs), roleBinding(inputs)],
    service: service(inputs),
    revisions: planGateway(inputs).revisions.map((plan) => revisionObjects(inputs, plan)),
    routing: [...tlsObjects(inputs), ...egressObjects(inputs), ...eastWestObjects(inputs)],
  };
}

/**
 * Every object of a gateway, in the order in which they are applied.
 *
 * - with `traffic: shared` the Service comes before the Deployments: it does not change with them
 * - with `traffic: active` it comes after: it must not select a revision that is not ready
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
