import type { FirewallTargets, GkeInputs } from "../model/gkeInputs";
import type { ClusterFacts } from "./facts";

/** A firewall rule that lets the control plane of a private cluster reach istiod. */
export interface FirewallPlan {
  readonly name: string;
  /** The project of the network. A Shared VPC is in another project than the cluster. */
  readonly project: string;
  readonly network: string;
  readonly sourceRange: string;
  readonly ports: readonly number[];
  readonly targets: FirewallTargets;
}

/** The port on which istiod answers the API server's webhook calls. */
const WEBHOOK_PORT = 15017;

/** Returns the project in the path or URL of a network, such as that of a Shared VPC. */
function networkProject(network: string): string | undefined {
  return /(?:^|\/)projects\/([^/]+)\//.exec(network)?.[1];
}

/**
 * Private nodes only accept ports 443 and 10250 from the control plane, so webhook calls time out.
 */
export function needsFirewall({ privateNodes }: Pick<ClusterFacts, "privateNodes">): boolean {
  return privateNodes;
}

/**
 * Returns the range from which the control plane calls, or `undefined` if neither the inputs nor
 * the cluster name it.
 */
export function sourceRange({ firewall }: GkeInputs, facts: ClusterFacts): string | undefined {
  return firewall?.controlPlaneCidr ?? facts.controlPlaneCidr;
}

/**
 * Returns the firewall rule of a private cluster, or `undefined` for a public one.
 *
 * @see https://cloud.google.com/service-mesh/docs/private-cluster-open-port
 */
export function planFirewall(inputs: GkeInputs, facts: ClusterFacts): FirewallPlan | undefined {
  const range = sourceRange(inputs, facts);
  if (!needsFirewall(facts) || range === undefined) {
    return undefined;
  }
  const { ports = [], targets = { kind: "network" } } = inputs.firewall ?? {};
  return {
    name: `istiod-webhooks-${facts.name}`,
    project: networkProject(facts.network) ?? inputs.project,
    network: facts.network,
    sourceRange: range,
    ports: [...new Set<number>([WEBHOOK_PORT, ...ports])].sort((a, b) => a - b),
    targets,
  };
}
