import type { FirewallTargets, GkeInputs } from "../model/gkeInputs";
import type { ClusterFacts } from "./facts";

/** A rule that lets a private cluster's control plane reach istiod. */
export interface FirewallPlan {
  readonly name: string;
  /** Project of the network: a shared one lies in another than the cluster. */
  readonly project: string;
  readonly network: string;
  readonly sourceRange: string;
  readonly ports: readonly number[];
  readonly targets: FirewallTargets;
}

/** Where istiod answers the API server's webhooks. */
const WEBHOOK_PORT = 15017;

/** Project in a network's path or URL, such as that of a Shared VPC. */
function networkProject(network: string): string | undefined {
  return /(?:^|\/)projects\/([^/]+)\//.exec(network)?.[1];
}

/** Private nodes take nothing from the control plane but 443 and 10250, so webhooks time out. */
export function needsFirewall({ privateNodes }: Pick<ClusterFacts, "privateNodes">): boolean {
  return privateNodes;
}

/** Range from which the control plane calls; `undefined` when neither inputs nor cluster name it. */
export function sourceRange({ firewall }: GkeInputs, facts: ClusterFacts): string | undefined {
  return firewall?.controlPlaneCidr ?? facts.controlPlaneCidr;
}

/**
 * The rule of a private cluster; `undefined` for a public one.
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
