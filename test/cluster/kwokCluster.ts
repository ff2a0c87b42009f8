import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { extraProgram } from "../../toolchain/setup";
import { type ApiServer, type ApiServerOptions, startApiServer } from "./apiServer";
import { startControllers } from "./controllers";
import { freePort, type Server, startServer } from "./processes";

const CREATE_TIMEOUT_MS = 30_000;

async function startKwok(cluster: ApiServer): Promise<Server> {
  const args = [
    `--kubeconfig=${cluster.kubeconfig}`,
    `--config=${join(__dirname, "stages.yaml")}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=40",
    `--server-address=127.0.0.1:${await freePort()}`,
  ];
  return startServer("kwok", extraProgram("kwok"), args, cluster.folder);
}

/** A node that kwok plays: its pods are ready as soon as they are scheduled. */
const NODE = {
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: "node-1",
    annotations: { "kwok.x-k8s.io/node": "fake" },
    labels: { "kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux" },
  },
  status: {
    allocatable: { cpu: "64", memory: "256Gi", pods: "1000" },
    capacity: { cpu: "64", memory: "256Gi", pods: "1000" },
  },
};

async function createNode(kubeconfig: string): Promise<void> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = client.KubernetesObjectApi.makeApiClient(config);
  const deadline = Date.now() + CREATE_TIMEOUT_MS;
  for (;;) {
    try {
      await api.create(NODE as never);
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await delay(200);
    }
  }
}

/**
 * A real API server with the real controllers and scheduler; kwok plays one node and its pods
 * (`setupProject({ with: ["cluster"] })` provides them). Nothing runs in the pods.
 */
export async function startKwokCluster(options: ApiServerOptions = {}): Promise<ApiServer> {
  const api = await startApiServer(options);
  const servers = [...(await startControllers(api)), await startKwok(api)];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await api.stop();
  };
  try {
    await createNode(api.kubeconfig);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...api, stop };
}
