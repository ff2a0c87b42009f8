import assert from "node:assert/strict";
import { revisionOf } from "../../mesh/model/revision";
import { NEW, NEWEST, OLDEST } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { type Answer, request } from "../node/request";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";
import { failuresText, totals } from "./load";
import { gateways, inBackground, nodeStack } from "./nodeStack";
import { GATEWAYS, HOST, openShop, routeToShop } from "./shop";
import { startLoad } from "./underway";

const SERVED_TIMEOUT_MS = 60_000;

/** Requests a second, long ones not counted: the machine has other tests at that time. */
const RATE = 100;

/** The revision from which the upgrade skips a minor. */
const FROM = revisionOf(OLDEST);

const BOTH = [{ revision: FROM }, { revision: NEW, version: NEWEST }];

/** A real kubelet runs real pods; Pulumi installs two control planes and a gateway on them. */
describe(`a mesh on a real node, from ${OLDEST} to ${NEWEST} at once`, () => {
  const stage = stages();
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    node = await nodeFor(this, { istio: [OLDEST, NEWEST] });
    live = liveCluster(node.kubeconfig);
    stack = await nodeStack(inBackground(await toolsFor(this), node), node, "node", {
      "mesh:version": OLDEST,
      "mesh:revisions": BOTH,
      "mesh:tags": { stable: FROM },
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
    for (const revision of [FROM, NEW]) {
      assert.equal(await readyReplicas("istio-system", `istiod-${revision}`), 1);
    }
  });

  stage("runs a gateway of the older one", async () => {
    stack.configure({ "mesh:gateways": gateways({ [FROM]: 100 }, { replicas: 1 }) });
    await stack.up();
    assert.equal(await readyReplicas(GATEWAYS, `web-${FROM}`), 1);
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

  stage("goes to the newer one under load, and loses no request", async () => {
    const steps: readonly Readonly<Record<string, unknown>>[] = [
      {
        "mesh:gateways": gateways({ [NEW]: 100 }, { replicas: 1 }),
        "mesh:tags": { stable: NEW },
      },
      { "mesh:version": NEWEST, "mesh:revisions": [{ revision: NEW }] },
    ];
    const load = await startLoad(node, live, { rate: RATE });
    for (const [index, step] of steps.entries()) {
      load.phase(`step ${index + 1}`);
      stack.configure(step);
      await stack.up();
    }
    const phases = await load.stop();
    assert.equal(totals(phases).failed, 0, failuresText(phases));
    assert.ok(totals(phases).requests > RATE);
    assert.equal(await readyReplicas(GATEWAYS, `web-${NEW}`), 1);
    const istiods = await live.get("/apis/apps/v1/namespaces/istio-system/deployments");
    const names = (istiods.items as { metadata: { name: string } }[]).map(
      ({ metadata }) => metadata.name,
    );
    assert.deepEqual(names, [`istiod-${NEW}`]);
  });

  stage("has no drift after it", async () => {
    const refreshed = await stack.refresh();
    assert.deepEqual(
      refreshed.changes.filter(({ op }) => op !== "refresh"),
      [],
    );
    assert.deepEqual((await stack.preview()).changes, []);
  });
});
