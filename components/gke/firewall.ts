import { Firewall } from "@pulumi/gcp/compute/firewall";
import type { FirewallTargets } from "../../mesh/model/gkeInputs";
import type * as pulumi from "../pulumi/sdk";
import { childOptions, type GkeContext } from "./context";

function targetArgs(targets: FirewallTargets) {
  switch (targets.kind) {
    case "network":
      return {};
    case "tags":
      return { targetTags: [...targets.tags] };
    case "serviceAccounts":
      return { targetServiceAccounts: [...targets.serviceAccounts] };
    default:
      return targets satisfies never;
  }
}

/**
 * Opens istiod's ports to the control plane of a private cluster. Does nothing for other clusters.
 */
export function openFirewall(context: GkeContext, after: readonly pulumi.Resource[]): Firewall[] {
  const { name, plan } = context;
  const { firewall } = plan;
  if (firewall === undefined) {
    return [];
  }
  const { name: rule, project, network, sourceRange, ports, targets } = firewall;
  const args = {
    name: rule,
    project,
    network,
    description: "From the control plane of GKE to istiod: webhooks for injection and validation.",
    direction: "INGRESS",
    sourceRanges: [sourceRange],
    allows: [{ protocol: "tcp", ports: ports.map(String) }],
    ...targetArgs(targets),
  };
  return [new Firewall(`${name}:istiod`, args, childOptions(context, after))];
}
