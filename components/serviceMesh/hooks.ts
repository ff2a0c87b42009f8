import { timeoutSeconds } from "../../mesh/model/timeouts";
import { foreignRevisions } from "../../mesh/plan/meshPlan";
import { GatewayCapacity } from "../guards/gatewayCapacity";
import { leftoversHook } from "../guards/leftovers";
import type { GatewayHooks } from "../mesh/gatewayRevision";
import { answersGate, gatewayGate, removalGuard } from "../objects/guards";
import type * as pulumi from "../pulumi/sdk";
import type { Build } from "./build";

/**
 * The hooks that the parts of a mesh share. All are registered in every run, because Pulumi fails
 * to delete a resource whose hook it does not find.
 */
export interface MeshHooks {
  /** Refuses to delete a revision that the cluster still uses. */
  readonly removal: pulumi.ResourceHook;
  /** Removes what a deleted control plane has written. */
  readonly leftovers: pulumi.ResourceHook;
  /** Waits until a control plane answers the API server. Absent without a cluster. */
  readonly answers: pulumi.ResourceHook | undefined;
  readonly gateways: GatewayHooks;
}

/** Returns the hooks that ask the cluster before a gateway's Deployment is changed. */
function gatewayHooks({ name, plan, inputs, rollouts, session, ownership }: Build): GatewayHooks {
  if (ownership === undefined) {
    return {};
  }
  const injection = gatewayGate(`${name}:injection`, {
    session,
    controlPlaneNamespace: plan.primary.namespace,
    gateways: plan.gateways,
    timeoutSeconds: timeoutSeconds(inputs, "injection"),
  });
  const limit = timeoutSeconds(inputs, "gateways");
  const { hook: capacity } = new GatewayCapacity(`${name}:capacity`, session, plan.gateways, limit);
  return {
    beforeDeployment: [injection, capacity],
    beforeRevisionDelete: [capacity],
    beforeService: [capacity],
    rollouts,
  };
}

export function meshHooks(build: Build): MeshHooks {
  const { name, plan, session, ownership } = build;
  return {
    removal: removalGuard(`${name}:removal`, { session, foreign: foreignRevisions(plan) }),
    leftovers: leftoversHook(`${name}-leftovers`, session),
    answers: ownership && answersGate(`${name}:answers`, session, plan.primary.namespace),
    gateways: gatewayHooks(build),
  };
}
