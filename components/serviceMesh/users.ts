import { TIMEOUT_DEFAULTS, timeoutSeconds } from "../../mesh/model/timeouts";
import type { GraphPart } from "../../mesh/plan/graph";
import { GatewayPart } from "../mesh/gateway";
import type { GatewayHooks } from "../mesh/gatewayRevision";
import { MeshNamespacePart } from "../mesh/meshNamespace";
import { ClusterSession } from "../pulumi/clusterSession";
import { hiddenIf } from "../pulumi/outputs";
import type * as pulumi from "../pulumi/sdk";
import type { Build } from "./build";

export function createGateway(
  { name, inputs, ownership, target, hasSecretGateways }: Build,
  { inputs: { name: own, namespace, ...gateway } }: GraphPart<"gateway">,
  hooks: GatewayHooks,
  opts: pulumi.ComponentResourceOptions,
): GatewayPart {
  const seconds = timeoutSeconds(inputs, "gateways");
  // Pulumi writes the args into the state: a default is left out there.
  const limit = seconds === TIMEOUT_DEFAULTS.gateways ? {} : { timeoutSeconds: seconds };
  const title = `${name}-${namespace}-${own}`;
  const session = ownership?.session ?? new ClusterSession(target);
  const args = { name: own, namespace, ...hiddenIf(hasSecretGateways, gateway), ...limit };
  return new GatewayPart(title, args, opts, { hooks, ownership, session });
}

export function createNamespace(
  { name, plan, target, ownership }: Build,
  { inputs: { name: namespace, ...inputs } }: GraphPart<"namespace">,
  opts: pulumi.ComponentResourceOptions,
): MeshNamespacePart {
  const args = {
    ...inputs,
    namespace,
    // On request, moving a tag restarts the namespace's workloads too.
    tagRevision: plan.tags[inputs.revision],
    target,
    restart: ownership === undefined ? undefined : inputs.restart,
  };
  const title = `${name}-namespace-${namespace}`;
  return new MeshNamespacePart(title, args, opts, { ownership });
}
