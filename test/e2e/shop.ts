import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { LOAD_IMAGE } from "../node/images/nodeImages";
import type { Node } from "../node/node";
import { until } from "../node/wait";
import { type LiveCluster, namespace } from "../support/liveCluster";

/** The host that clients ask for. */
export const HOST = "shop.example.com";

/** Where the gateways of the tests are. */
export const GATEWAYS = "istio-gateways";

const READY_MS = 120_000;

const labels = { app: "shop" };

/** How the pods of a backend are. */
export interface Backend {
  /** Its namespace. @default "shop" */
  readonly name?: string;
  /**
   * Seconds that a pod serves on after it was told to end, until no client sends to it any more. Pods
   * that are restarted under load need some, with and without a mesh.
   * @default 0
   */
  readonly lingerSeconds?: number;
  /** What a pod asks of the processor. @default "200m" */
  readonly cpu?: string;
}

/**
 * By Istio's default, a proxy whose pod is told to end goes after 5 s, with the requests in flight. These
 * take up to 20 s here.
 */
const LONG_DRAIN = JSON.stringify({ terminationDrainDuration: "25s" });

function backend({
  name = "shop",
  lingerSeconds: seconds = 0,
  cpu = "200m",
}: Backend): K8sObject[] {
  const container = {
    name: "load",
    image: LOAD_IMAGE,
    args: ["serve", "--port", "8080"],
    resources: { requests: { cpu, memory: "64Mi" } },
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    ...(seconds > 0 && { lifecycle: { preStop: { sleep: { seconds } } } }),
  };
  const drain = { "proxy.istio.io/config": LONG_DRAIN };
  const annotations: Record<string, string> = seconds > 0 ? drain : {};
  const template = { metadata: { labels, annotations }, spec: { containers: [container] } };
  const metadata = { name: "shop", namespace: name };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  const ports = [{ name: "http", port: 80, targetPort: 8080 }];
  return [
    namespace(name),
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports } },
  ];
}

/** What sends a gateway's requests to the shop. */
function routes(
  gateway: string,
  selector: Readonly<Record<string, string>>,
  backendName: string,
): K8sObject[] {
  const apiVersion = "networking.istio.io/v1";
  const metadata = { name: gateway, namespace: GATEWAYS };
  const port = { number: 80, name: "http", protocol: "HTTP" };
  const destination = {
    host: `shop.${backendName}.svc.cluster.local`,
    port: { number: 80 },
  };
  const servers = [{ port, hosts: [HOST] }];
  return [
    { apiVersion, kind: "Gateway", metadata, spec: { selector: { ...selector }, servers } },
    {
      apiVersion,
      kind: "VirtualService",
      metadata,
      spec: { hosts: [HOST], gateways: [gateway], http: [{ route: [{ destination }] }] },
    },
  ];
}

/** Waits until a Deployment has as many ready pods as it wants, all of its newest kind. */
export async function untilReady(
  live: LiveCluster,
  deploymentNamespace: string,
  name: string,
): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${deploymentNamespace}/deployments/${name}`;
  let seen = "";
  await until(
    async () => {
      const found = await live.get(path);
      seen = JSON.stringify(found.status);
      const wished = getPath(found, "spec.replicas");
      const state = { ...(found.status as Record<string, number | undefined>) };
      return (
        state.observedGeneration === getPath(found, "metadata.generation") &&
        state.updatedReplicas === wished &&
        state.readyReplicas === wished &&
        state.replicas === wished
      );
    },
    READY_MS,
    () => `${deploymentNamespace}/${name} is not ready: ${seen}`,
  );
}

/** A backend that answers, and may be asked to take its time. */
export async function openShop(live: LiveCluster, shop: Backend = {}): Promise<void> {
  for (const object of backend(shop)) {
    await live.apply(object);
  }
  await untilReady(live, shop.name ?? "shop", "shop");
}

/**
 * Sends a gateway's requests to the shop.
 *
 * @param backendName namespace of the shop
 * @returns URL of the gateway's Service
 */
export async function routeToShop(
  live: LiveCluster,
  gateway: string,
  selector: Readonly<Record<string, string>>,
  backendName = "shop",
): Promise<string> {
  for (const object of routes(gateway, selector, backendName)) {
    await live.apply(object);
  }
  const service = await live.get(`/api/v1/namespaces/${GATEWAYS}/services/${gateway}`);
  return `http://${getPath(service, "spec.clusterIP")}:80`;
}

/** Waits until requests come through a gateway. */
export async function untilServed(node: Node, target: string): Promise<void> {
  const script = `for i in $(seq 100); do
    wget -q -O /dev/null --header 'Host: ${HOST}' ${target}/ && exit 0; sleep 0.2
  done; exit 1`;
  const { code, output } = await node.run("busybox", ["sh", "-c", script]);
  if (code !== 0) {
    throw new Error(`the gateway does not serve: ${output}`);
  }
}
