import assert from "node:assert/strict";
import type { K8sObject } from "../../mesh/patch/types";
import { nodeFor } from "../node/forTests";
import { LOAD_IMAGE } from "../node/images/nodeImages";
import { type Node, smallGateway, upstreamEnvoyOverlay } from "../node/node";
import { type Answer, request } from "../node/request";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { TestStack } from "../support/stack";
import { ISTIO, PREVIOUS, toolsFor } from "../support/tools";

const OLD = "1-28-2";
const NEW = "1-29-1";
const HOST = "shop.example.com";
const SERVED_TIMEOUT_MS = 60_000;

const labels = { app: "shop" };

function backend(): K8sObject[] {
  const container = { name: "load", image: LOAD_IMAGE, args: ["serve", "--port", "8080"] };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const metadata = { name: "shop", namespace: "shop" };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  const ports = [{ name: "http", port: 80, targetPort: 8080 }];
  return [
    namespace("shop"),
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports } },
  ] as K8sObject[];
}

function routes(): K8sObject[] {
  const apiVersion = "networking.istio.io/v1";
  const metadata = { name: "shop", namespace: "istio-gateways" };
  const port = { number: 80, name: "http", protocol: "HTTP" };
  const destination = { host: "shop.shop.svc.cluster.local", port: { number: 80 } };
  return [
    {
      apiVersion,
      kind: "Gateway",
      metadata,
      spec: { selector: { app: "web" }, servers: [{ port, hosts: [HOST] }] },
    },
    {
      apiVersion,
      kind: "VirtualService",
      metadata,
      spec: { hosts: [HOST], gateways: ["shop"], http: [{ route: [{ destination }] }] },
    },
  ] as K8sObject[];
}

/** A real kubelet runs real pods; Pulumi installs two control planes and a gateway on them. */
describe("a mesh on a real node", () => {
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    stack = await TestStack.create(await toolsFor(this), "node", {
      "mesh:target": "cluster",
      "mesh:kubeconfig": node.kubeconfig,
      "mesh:version": PREVIOUS,
      "mesh:profile": "minimal",
      "mesh:overlays": [upstreamEnvoyOverlay],
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: ISTIO }],
    });
  });

  after(async () => {
    await node?.stop();
  });

  async function readyReplicas(namespaceName: string, deployment: string): Promise<number> {
    const path = `/apis/apps/v1/namespaces/${namespaceName}/deployments/${deployment}`;
    const { status } = await live.get(path);
    return (status as { readyReplicas?: number }).readyReplicas ?? 0;
  }

  it("runs two control planes side by side", async () => {
    await stack.up();
    for (const revision of [OLD, NEW]) {
      assert.equal(await readyReplicas("istio-system", `istiod-${revision}`), 1);
    }
  });

  it("runs a gateway of the older one", async () => {
    const revisions = [{ revision: OLD, weight: 100 }];
    const place = { name: "web", namespace: "istio-gateways", replicas: 1 };
    stack.configure({ "mesh:gateways": [{ ...place, ...smallGateway, revisions }] });
    await stack.up();
    assert.equal(await readyReplicas("istio-gateways", `web-${OLD}`), 1);
  });

  it("serves a backend through the gateway's Envoy", async () => {
    for (const object of [...backend(), ...routes()]) {
      await live.apply(object);
    }
    const { spec } = await live.get("/api/v1/namespaces/istio-gateways/services/web");
    const url = `http://${(spec as { clusterIP: string }).clusterIP}/`;
    let last: Answer | undefined;
    const isServed = async () => {
      last = await request(node, url, HOST).catch(() => undefined);
      return last?.status === 200;
    };
    await until(isServed, SERVED_TIMEOUT_MS, () => JSON.stringify(last));
    assert.equal(last?.headers.server, "istio-envoy");
    assert.equal(last?.body, "served\n");
  });

  it("previews no change after it", async () => {
    assert.deepEqual((await stack.preview()).changes, []);
  });
});
