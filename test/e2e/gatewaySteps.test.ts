import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { OLD } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import { type Node, smallGateway, upstreamEnvoyOverlay } from "../node/node";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { toolsFor } from "../support/tools";
import { failuresText, type Phase, totals } from "./load";
import { gateways, inBackground, nodeStack } from "./nodeStack";
import { GATEWAYS, openShop, untilReady } from "./shop";
import { startLoad } from "./underway";

/** Requests a second, long ones not counted. */
const RATE = 200;

/** How long clients are watched before the first step and after the last. */
const STEADY_MS = 5_000;

const LEGACY = "istio-ingressgateway";

const PODS = 4;

/** Istio's chart reads this from a ConfigMap beside the gateway, and the mesh's is in another namespace. */
const PROXY_CONFIG = JSON.stringify({ discoveryAddress: `istiod-${OLD}.istio-system.svc:15012` });

/** A gateway as an overlay declares it, with a number of pods or an autoscaler that begins at 1. */
function overlay(scaled: boolean): JsonObject {
  const service = { type: "ClusterIP" };
  const { resources } = smallGateway;
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    spec: {
      components: {
        ingressGateways: [
          {
            name: LEGACY,
            namespace: GATEWAYS,
            enabled: true,
            k8s: {
              replicaCount: PODS,
              service,
              resources: { ...resources },
              env: [{ name: "PROXY_CONFIG", value: PROXY_CONFIG }],
            },
          },
        ],
      },
      values: { gateways: { [LEGACY]: { autoscaleEnabled: scaled, autoscaleMin: 1 } } },
    },
  };
}

/** Steps that would cost endpoints, with clients on a real node: none of their requests is lost. */
describe("steps of gateways under load", () => {
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    const tools = inBackground(await toolsFor(this), node);
    stack = await nodeStack(tools, node, "steps", {
      "mesh:overlays": [upstreamEnvoyOverlay, overlay(false)],
      "mesh:revisions": [{ revision: OLD }],
      "mesh:gateways": gateways({ [OLD]: 100 }),
    });
    await openShop(live);
    await stack.up();
  });

  after(async () => {
    await node?.stop();
  });

  async function underLoad(
    gateway: string,
    selector: Readonly<Record<string, string>>,
    steps: readonly Readonly<Record<string, unknown>>[],
  ): Promise<Phase[]> {
    const load = await startLoad(node, live, { gateway, selector, rate: RATE });
    load.phase("warm-up");
    await delay(STEADY_MS);
    for (const [index, step] of steps.entries()) {
      load.phase(`step ${index + 1}`);
      stack.configure(step);
      await stack.up();
    }
    load.phase("after");
    await delay(STEADY_MS);
    return (await load.stop()).filter(({ name }) => !["start", "warm-up"].includes(name));
  }

  it("an overlay's gateway that gets an autoscaler keeps its pods, and every request", async function () {
    this.timeout(0);
    await untilReady(live, GATEWAYS, LEGACY);
    const phases = await underLoad(LEGACY, { app: LEGACY, istio: "ingressgateway" }, [
      { "mesh:overlays": [upstreamEnvoyOverlay, overlay(true)] },
    ]);
    const path = `/apis/apps/v1/namespaces/${GATEWAYS}/deployments/${LEGACY}`;
    assert.equal(getPath(await live.get(path), "spec.replicas"), PODS);
    assert.ok(totals(phases).requests > 0);
    assert.equal(totals(phases).failed, 0, failuresText(phases));
  });

  it("a gateway whose pods get other labels by the printed three updates loses no request", async function () {
    this.timeout(0);
    const service = { selector: { gateway: "web" } };
    const steps = [
      { labels: { gateway: "web" } },
      { labels: { gateway: "web" }, service },
      { labels: { gateway: "web", app: "storefront" }, service },
    ].map((more) => ({ "mesh:gateways": gateways({ [OLD]: 100 }, more) }));
    const phases = await underLoad("web", { istio: "ingressgateway" }, steps);
    const found = await live.get(`/api/v1/namespaces/${GATEWAYS}/services/web`);
    assert.deepEqual(getPath(found, "spec.selector"), service.selector);
    assert.ok(totals(phases).requests > 0);
    assert.equal(totals(phases).failed, 0, failuresText(phases));
  });
});
