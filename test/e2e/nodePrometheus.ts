import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import type { Server } from "../cluster/processes";
import { NODE_ADDRESS } from "../node/network";
import type { Node } from "../node/node";
import type { LiveCluster } from "../support/liveCluster";
import { startScraping } from "../support/prometheusServer";
import { GATEWAYS } from "./shop";

const PORT = 9090;

/** Where a proxy shows Envoy's metrics, and istiod its own. */
const [PROXY_METRICS, ISTIOD_METRICS] = [15090, 15014];

/** How often the list of pods is written anew. */
const DISCOVERY_MS = 500;

/**
 * Overlay that has the proxies keep the counters of the port of gateways, and of the shop's. Istio's
 * default leaves them out.
 */
export const countedRequests = {
  apiVersion: "install.istio.io/v1alpha1",
  kind: "IstioOperator",
  metadata: { name: "counted-requests" },
  spec: {
    meshConfig: {
      defaultConfig: {
        proxyStatsMatcher: { inclusionPrefixes: ["http.outbound_0.0.0.0_80", "http.inbound_"] },
      },
    },
  },
};

/**
 * The node's Envoy is upstream's, without the filter that counts under Istio's names. Its own counters
 * of requests and durations get these names here; what they count is the same.
 */
const ISTIO_NAMES = [
  {
    source_labels: ["reporter", "http_conn_manager_prefix"],
    regex: "source;outbound.*|destination;inbound.*",
    action: "keep",
  },
  {
    source_labels: ["__name__", "response_code_class"],
    regex: "envoy_http_downstream_rq;.+",
    target_label: "__name__",
    replacement: "istio_requests_total",
  },
  { source_labels: ["response_code_class"], regex: "(.+)", target_label: "response_code" },
  {
    source_labels: ["__name__"],
    regex: "envoy_http_downstream_rq_time_(.+)",
    target_label: "__name__",
    replacement: "istio_request_duration_milliseconds_$1",
  },
  { source_labels: ["__name__"], regex: "istio_.+", action: "keep" },
];

/** A Deployment's pod has its name, a hash and a random part. */
function workloadOf(pod: string): string {
  return pod.split("-").slice(0, -2).join("-");
}

function proxyLabels(own: string, workload: string): Record<string, string> {
  return own === GATEWAYS
    ? { reporter: "source", source_workload_namespace: own, source_workload: workload }
    : {
        reporter: "destination",
        destination_workload_namespace: own,
        destination_workload: workload,
      };
}

interface Target {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

function hasProxy(pod: JsonObject): boolean {
  const lists = ["spec.containers", "spec.initContainers"].map((path) => getPath(pod, path));
  return lists
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .some((container) => isObject(container) && container.name === "istio-proxy");
}

/** What to scrape of a pod; nothing before it has an address. */
function targetOf(pod: JsonObject): (Target & { readonly isIstiod: boolean })[] {
  const [address, own, name] = ["status.podIP", "metadata.namespace", "metadata.name"].map((path) =>
    getPath(pod, path),
  );
  const isIstiod = getPath(pod, "metadata.labels.app") === "istiod";
  if (typeof address !== "string" || (!isIstiod && !hasProxy(pod))) {
    return [];
  }
  const port = isIstiod ? ISTIOD_METRICS : PROXY_METRICS;
  const labels = { namespace: String(own), pod: String(name) };
  return [
    {
      isIstiod,
      targets: [`${address}:${port}`],
      labels: isIstiod
        ? labels
        : { ...labels, ...proxyLabels(String(own), workloadOf(String(name))) },
    },
  ];
}

/** A new file in place of the old one: Prometheus never reads half of it. */
function writeTargets(file: string, targets: readonly Target[]): void {
  writeFileSync(`${file}.new`, JSON.stringify(targets));
  renameSync(`${file}.new`, file);
}

/** Keeps the lists of what to scrape fresh. @returns what ends it */
function discover(live: LiveCluster, files: { proxies: string; istiod: string }): () => void {
  let isOver = false;
  const look = async (): Promise<void> => {
    const { status, body } = await live.cluster.call("GET", "/api/v1/pods");
    if (status === 200 && Array.isArray(body.items)) {
      const found = body.items.filter(isObject).flatMap(targetOf);
      const of = (wanted: boolean): Target[] =>
        found
          .filter(({ isIstiod }) => isIstiod === wanted)
          .map(({ targets, labels }) => ({ targets, labels }));
      writeTargets(files.proxies, of(false));
      writeTargets(files.istiod, of(true));
    }
  };
  const again = (): void => {
    if (!isOver) {
      look()
        .catch(() => {
          // The node goes down; the next look, if any, tells more.
        })
        .finally(() => setTimeout(again, DISCOVERY_MS).unref());
    }
  };
  again();
  return () => {
    isOver = true;
  };
}

/**
 * Starts a Prometheus on the node that scrapes each proxy and each istiod every second. Its address
 * is one of the node's network.
 */
export async function startNodePrometheus(
  node: Node,
  live: LiveCluster,
  program: string,
): Promise<Pick<Server, "stop"> & { readonly url: string }> {
  const [proxies, istiod] = ["proxies", "istiod"].map((name) => join(node.folder, `${name}.json`));
  const files = { proxies: proxies as string, istiod: istiod as string };
  const stopDiscovery = discover(live, files);
  const jobs = [
    {
      job_name: "proxies",
      metrics_path: "/stats/prometheus",
      file_sd_configs: [{ files: [files.proxies] }],
      metric_relabel_configs: ISTIO_NAMES,
    },
    { job_name: "istiod", file_sd_configs: [{ files: [files.istiod] }] },
  ];
  const { server, url } = await startScraping(program, jobs, {
    host: NODE_ADDRESS,
    port: PORT,
    wrap: ([command, ...args]) => {
      const [first, rest] = node.inNetns(command, args);
      return [first, ...rest];
    },
    answers: async (url) => (await node.run("busybox", ["wget", "-q", "-O", "-", url])).code === 0,
  });
  return {
    url,
    async stop() {
      stopDiscovery();
      await server.stop();
    },
  };
}
