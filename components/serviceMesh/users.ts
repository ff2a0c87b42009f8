import { timeoutSeconds } from "../../mesh/model/timeouts";
import { GatewayCapacity } from "../guards/gatewayCapacity";
import { Gateway } from "../mesh/gateway";
import { MeshNamespace, type MeshNamespaceArgs } from "../mesh/meshNamespace";
import { gatewayGate } from "../objects/guards";
import type { Build, OptionsForRevisions } from "./build";

/** What is asked of the cluster before a gateway's Deployment is touched. */
function gatewayHooks({ name, plan, meshes, target, ownership }: Build) {
  if (ownership === undefined) {
    return {};
  }
  const { inputs, rollouts } = meshes.primary;
  const seconds = timeoutSeconds(inputs, "injection");
  const { namespace } = plan.primary;
  const limit = timeoutSeconds(inputs, "gateways");
  const { hook: capacity } = new GatewayCapacity(`${name}:capacity`, target, plan.gateways, limit);
  return {
    beforeDeployment: [gatewayGate(`${name}:injection`, target, namespace, seconds), capacity],
    beforeRevisionDelete: [capacity],
    beforeService: [capacity],
    rollouts,
  };
}

export function createGateways(build: Build, optionsForRevisions: OptionsForRevisions): Gateway[] {
  const { name, plan, meshes, ownership, target } = build;
  const hooks = gatewayHooks(build);
  const seconds = meshes.primary.inputs?.timeouts?.gateways;
  const limit = seconds === undefined ? {} : { timeoutSeconds: seconds };
  return plan.gateways.map((gateway) => {
    const title = `${name}-${gateway.namespace}-${gateway.name}`;
    const opts = optionsForRevisions(gateway.revisions.map(({ revision }) => revision));
    return new Gateway(title, { ...gateway, ...limit }, opts, { hooks, ownership, target });
  });
}

export function createNamespaces(
  { name, plan, target, ownership }: Build,
  usersOf: OptionsForRevisions,
): MeshNamespace[] {
  return plan.namespaces.map(({ name: namespace, ...inputs }) => {
    const args = {
      ...inputs,
      namespace,
      // A tag that moves restarts the namespace's workloads too, where that is asked for.
      tagRevision: plan.tags[inputs.revision],
      target,
      restart: ownership === undefined ? undefined : inputs.restart,
    };
    const title = `${name}-namespace-${namespace}`;
    const opts = usersOf([inputs.revision]);
    return new MeshNamespace(title, args as MeshNamespaceArgs, opts, { ownership });
  });
}
