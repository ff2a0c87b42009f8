import { kubernetesProgram } from "../cluster/kubernetes";
import { type Server, startServer } from "../cluster/processes";
import { NODE_NAME } from "./kubelet";
import { POD_RANGE } from "./network";
import type { Run } from "./run";

/** Makes the Services' addresses work. The kernel's limits on connections stay as they are. */
export function startKubeProxy({ folder, wrapServer }: Run, kubeconfig: string): Server {
  const args = [
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${NODE_NAME}`,
    `--cluster-cidr=${POD_RANGE}`,
    "--proxy-mode=iptables",
    "--conntrack-max-per-core=0",
    "--conntrack-tcp-timeout-established=0",
    "--conntrack-tcp-timeout-close-wait=0",
    "--oom-score-adj=0",
  ];
  return startServer("kube-proxy", kubernetesProgram("kube-proxy"), args, folder, wrapServer);
}
