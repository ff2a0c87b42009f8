import assert from "node:assert/strict";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { type Answer, request } from "../node/request";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { ISTIO, toolsFor } from "../support/tools";
import { gateways, NEW, nodeStack, OLD } from "./nodeStack";
import { GATEWAYS, HOST, openShop, routeToShop } from "./shop";

const SERVED_TIMEOUT_MS = 60_000;

/** A real kubelet runs real pods; Pulumi installs two control planes and a gateway on them. */
describe("a mesh on a real node", () => {
  const stage = stages();
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    stack = await nodeStack(await toolsFor(this), node, "node", {
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

  stage("runs two control planes side by side", async () => {
    await stack.up();
    for (const revision of [OLD, NEW]) {
      assert.equal(await readyReplicas("istio-system", `istiod-${revision}`), 1);
    }
  });

  stage("runs a gateway of the older one", async () => {
    stack.configure({ "mesh:gateways": gateways({ [OLD]: 100 }, { replicas: 1 }) });
    await stack.up();
    assert.equal(await readyReplicas(GATEWAYS, `web-${OLD}`), 1);
  });

  stage("serves a backend through the gateway's Envoy", async () => {
    await openShop(live);
    const url = await routeToShop(live, "web", { app: "web" });
    let last: Answer | undefined;
    const isServed = async () => {
      last = await request(node, url, HOST).catch(() => undefined);
      return last?.status === 200;
    };
    await until(isServed, SERVED_TIMEOUT_MS, () => JSON.stringify(last));
    assert.equal(last?.headers.server, "istio-envoy");
    assert.equal(last?.body, "served\n");
  });

  stage("previews no change after it", async () => {
    assert.deepEqual((await stack.preview()).changes, []);
  });
});
