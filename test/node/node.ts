import { join } from "node:path";
import { type ApiServer, startApiServer } from "../cluster/apiServer";
import { startControllers } from "../cluster/controllers";
import { logTail, type Server, type Wrap } from "../cluster/processes";
import { liveCluster } from "../support/liveCluster";
import { type Finished, run } from "../support/run";
import { cleanUp, cleanUpLeftovers } from "./cleanUp";
import { type CniFolders, cniFolders, startContainerd } from "./containerd";
import { startDns } from "./dns";
import type { IstioImages } from "./images/nodeImages";
import { NODE_NAME, startKubelet } from "./kubelet";
import { startKubeProxy } from "./kubeProxy";
import { NODE_ADDRESS, namespaceFile } from "./network";
import { startRelay } from "./relay";
import { beginRun, prepareRun, type Run } from "./run";
import { until } from "./wait";

/** Overlay that goes with the node's images: upstream's Envoy, small requests, nothing is pulled. */
export const upstreamEnvoyOverlay = join(__dirname, "upstream-envoy.yaml");

/** What a gateway of ours needs here besides: many pods on two cores, and nothing is pulled. */
export const smallGateway = {
  imagePullPolicy: "IfNotPresent",
  resources: { requests: { cpu: "100m", memory: "64Mi" } },
} as const;

const READY_TIMEOUT_MS = 120_000;

export interface NodeOptions extends IstioImages {
  /** What it is for, by which it is found again. @default "test" */
  readonly purpose?: string;
}

/** A real cluster of one node, in a network namespace of its own. */
export interface Node {
  /** Path of a kubeconfig with all rights. It serves on this machine and in the namespace alike. */
  readonly kubeconfig: string;
  /** Name of the network namespace, as `ip netns` has it. */
  readonly namespace: string;
  /** Path to enter the namespace by: `nsenter --net=PATH`. */
  readonly namespaceFile: string;
  /** Folder with logs and data; gone after `stop`. */
  readonly folder: string;
  /** Where containerd looks for network plugins and their configuration. */
  readonly cni: CniFolders;
  /** What to spawn to run a program in the namespace, where Services and pods are reached. */
  readonly inNetns: (program: string, args?: readonly string[]) => readonly [string, string[]];
  /** Runs a command with what the pods leave of the processor. */
  readonly inBackground: Wrap;
  /** Runs a program in the namespace to its end. */
  run(program: string, args?: readonly string[]): Promise<Finished>;
  /** Takes all of it down. */
  stop(): Promise<void>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Ends by itself what this process began, however the process ends, unless it is killed. */
function endWithProcess(record: Run): () => void {
  const onExit = () => cleanUp(record);
  const onSignal = (_name: NodeJS.Signals, code: number) => process.exit(128 + code);
  process.once("exit", onExit);
  for (const name of SIGNALS) {
    process.once(name, onSignal);
  }
  return () => {
    process.removeListener("exit", onExit);
    for (const name of SIGNALS) {
      process.removeListener(name, onSignal);
    }
  };
}

/** The node's own servers; the API server and containerd have been started. */
async function startOthers(run: Run, api: ApiServer): Promise<Server[]> {
  const rootCertificate = join(run.folder, "certs", "apiserver.crt");
  return [
    ...(await startControllers(api, { wrap: run.wrapServer, rootCertificate })),
    startDns(run, api.kubeconfig),
    startKubeProxy(run, api.kubeconfig),
    startKubelet(run, api.kubeconfig),
  ];
}

interface NodeStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

async function isReady(kubeconfig: string): Promise<boolean> {
  const { cluster } = liveCluster(kubeconfig);
  const { status, body } = await cluster.call("GET", `/api/v1/nodes/${NODE_NAME}`);
  const { conditions = [] } = (body.status ?? {}) as NodeStatus;
  return (
    status === 200 && conditions.some((each) => each.type === "Ready" && each.status === "True")
  );
}

/**
 * Starts a node: kubelet, containerd, kube-proxy, DNS and the control plane of Kubernetes, with the
 * images of Istio and of our load generator (`setupProject({ with: ["node"] })`
 * provides the programs, `nodeRequirements()` tells what else is needed). Ready in some 15 seconds.
 *
 * What runs of killed processes have left is cleaned up first.
 */
export async function startNode({ purpose = "test", ...images }: NodeOptions = {}): Promise<Node> {
  cleanUpLeftovers();
  const record = beginRun(purpose);
  const forget = endWithProcess(record);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    cleanUp(record);
    forget();
    await Promise.all(stops.map((each) => each()));
  };
  try {
    prepareRun(record);
    const [api, containerd] = await Promise.all([
      startApi(record, stops),
      startContainerd(record, images),
    ]);
    const servers = [containerd, ...(await startOthers(record, api))];
    stops.push(...servers.map((server) => () => server.stop()));
    await until(
      () => isReady(api.kubeconfig),
      READY_TIMEOUT_MS,
      () => servers.map((server) => `${server.name}:\n${logTail(server)}`).join("\n"),
    );
    return nodeOf(record, api.kubeconfig, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startApi(record: Run, stops: (() => Promise<void>)[]): Promise<ApiServer> {
  const { folder, wrapServer: wrap } = record;
  const relay = await startRelay(folder, wrap);
  stops.push(relay.stop);
  const place = { folder, wrap, address: NODE_ADDRESS, port: relay.port };
  const api = await startApiServer({ place });
  stops.push(api.stop);
  return api;
}

function nodeOf(record: Run, kubeconfig: string, stop: () => Promise<void>): Node {
  const { folder, inBackground, name, wrap } = record;
  const inNetns: Node["inNetns"] = (program, args = []) => {
    const [command, ...rest] = wrap([program, ...args]);
    return [command, rest];
  };
  return {
    kubeconfig,
    namespace: name,
    namespaceFile: namespaceFile(name),
    folder,
    cni: cniFolders(record),
    inNetns,
    inBackground,
    run: (program, args) => run(...inNetns(program, args), { cwd: folder }),
    stop,
  };
}
