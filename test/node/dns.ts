import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { extraProgram } from "../../toolchain/setup";
import { type Server, startServer } from "../cluster/processes";
import { NODE_ADDRESS } from "./network";
import type { Run } from "./run";

export const CLUSTER_DOMAIN = "cluster.local";

/** Names of the cluster; any other does not exist, which is said at once. */
function settings(kubeconfig: string): string {
  return `${CLUSTER_DOMAIN} in-addr.arpa {
  bind ${NODE_ADDRESS}
  errors
  kubernetes ${CLUSTER_DOMAIN} in-addr.arpa {
    kubeconfig ${kubeconfig}
  }
  cache 2
}
. {
  bind ${NODE_ADDRESS}
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}

/** CoreDNS, beside the node and not in a pod: it needs no image, no Service and no account. */
export function startDns({ folder, wrapServer }: Run, kubeconfig: string): Server {
  const config = join(folder, "Corefile");
  writeFileSync(config, settings(kubeconfig));
  return startServer("coredns", extraProgram("coredns"), ["-conf", config], folder, wrapServer);
}
