import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubernetesProgram } from "../cluster/kubernetes";
import { type Server, startServer } from "../cluster/processes";
import { containerdSocket } from "./containerd";
import { CLUSTER_DOMAIN } from "./dns";
import { NODE_ADDRESS } from "./network";
import type { Run } from "./run";

export const NODE_NAME = "node-1";

/** Nothing is taken from pods for want of disk or memory, and no image is thrown away. */
const KEEP_ALL = {
  evictionHard: Object.fromEntries(
    ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available"].map(
      (signal) => [signal, "0%"],
    ),
  ),
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
};

/** The kubelet's socket is reached in the run's network only, so anybody there may call it. */
const OPEN = {
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: "AlwaysAllow" },
};

function settings(run: Run): object {
  const { folder, cgroup } = run;
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    ...OPEN,
    ...KEEP_ALL,
    containerRuntimeEndpoint: `unix://${containerdSocket(run)}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: cgroup,
    // Machines of today have version 2; this one may have version 1.
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    oomScoreAdj: 0,
    maxPods: 250,
    clusterDNS: [NODE_ADDRESS],
    clusterDomain: CLUSTER_DOMAIN,
    resolvConf: resolvConf(folder),
    podLogsDir: join(folder, "logs"),
    volumePluginDir: join(folder, "plugins"),
  };
}

/** Pods that ask for the node's DNS get the cluster's: there is no other. */
function resolvConf(folder: string): string {
  const file = join(folder, "resolv.conf");
  writeFileSync(file, `nameserver ${NODE_ADDRESS}\n`);
  return file;
}

export function startKubelet(run: Run, kubeconfig: string): Server {
  const { folder, wrapServer } = run;
  const config = join(folder, "kubelet.json");
  writeFileSync(config, JSON.stringify(settings(run)));
  const args = [
    `--config=${config}`,
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
    `--root-dir=${join(folder, "kubelet")}`,
    `--cert-dir=${join(folder, "kubelet-certs")}`,
  ];
  return startServer("kubelet", kubernetesProgram("kubelet"), args, folder, wrapServer);
}
