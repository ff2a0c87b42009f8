import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import { pattern } from "../support/pattern";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";
import { failuresText, type Load, totals } from "./load";
import { gateways, inBackground, nodeStack } from "./nodeStack";
import { GATEWAYS, openShop, untilReady } from "./shop";
import { startLoad } from "./underway";

const BAD = `${NEW}-bad`;
const GONE_MS = 120_000;

/** How long is waited for a control plane that does not come up. */
const NEVER = { "mesh:timeouts": { controlPlane: 15 } };
const TIMEOUTS = { "mesh:timeouts": { controlPlane: 40, gateways: 40, injection: 10 } };

const OLD_ONLY = [{ revision: OLD }];
const CANARY = { "mesh:gateways": gateways({ [OLD]: 75, [NEW]: 25 }) };
const STABLE = { "mesh:gateways": gateways({ [OLD]: 100 }) };

/** The old revision and one more, with settings of its own. */
function beside(revision: string, more: object = {}) {
  return { "mesh:revisions": [...OLD_ONLY, { revision, version: NEWEST, ...more }] };
}

/** Each fault in a real cluster, with clients of the old revision's gateway all along. */
describe("faults on a real node", () => {
  const stage = stages();
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;
  let load: Load;

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    stack = await nodeStack(inBackground(await toolsFor(this), node), node, "faults", {
      "mesh:revisions": OLD_ONLY,
      ...TIMEOUTS,
      ...STABLE,
    });
    await openShop(live);
    await stack.up();
    load = await startLoad(node, live, { rate: 200 });
  });

  after(async () => {
    await node?.stop();
  });

  /** What an update says at its end, which has to be a failure. */
  async function failure(): Promise<string> {
    const { output } = await stack.failure();
    return output.slice(output.indexOf("Diagnostics:"), output.indexOf("Outputs:"));
  }

  /** The edit is undone, and the stack is as it was. */
  async function undone(): Promise<void> {
    stack.configure({ "mesh:revisions": OLD_ONLY, ...STABLE, ...TIMEOUTS });
    await stack.up();
    assert.deepEqual((await stack.preview()).changes, []);
  }

  stage("an image that does not exist: the error names pod, container and image", async () => {
    load.phase("image");
    stack.configure({ ...beside(BAD, { tag: "no-such-tag" }), ...NEVER });
    const output = await failure();
    assert.match(
      output,
      pattern`pod istiod-${NEW}-bad-\S+, container discovery: the image \S+no-such-tag`,
    );
    assert.match(output, pattern`still serving: .*istiod-${OLD} \(1 of 1 pod available\)`);
    await undone();
  });

  stage("a control plane that crashes: the error has the end of its log", async () => {
    load.phase("crash");
    const overlay = {
      apiVersion: "install.istio.io/v1alpha1",
      kind: "IstioOperator",
      spec: {
        components: {
          pilot: {
            k8s: {
              overlays: [
                {
                  kind: "Deployment",
                  name: `istiod-${BAD}`,
                  patches: [
                    {
                      path: "spec.template.spec.containers.[name:discovery].args.[-1]",
                      value: "--keepaliveInterval=never",
                    },
                  ],
                },
              ],
            },
          },
        },
      },
    };
    stack.configure({ ...beside(BAD, { overlays: [overlay] }), ...NEVER });
    const output = await failure();
    assert.match(output, pattern`pod istiod-${NEW}-bad-\S+, container discovery`);
    assert.match(output, /invalid argument "never" for "--keepaliveInterval"/);
    await undone();
  });

  stage("an istiod that is down: no pod of the canary is made", async () => {
    load.phase("down");
    stack.configure(beside(NEW));
    await stack.up();
    await scale(`istiod-${NEW}`, 0);
    stack.configure(CANARY);
    const output = await failure();
    assert.match(output, pattern`istiod of revision ${NEW} .*is not available`);
    const path = `/apis/apps/v1/namespaces/${GATEWAYS}/deployments/web-${NEW}`;
    assert.equal((await live.cluster.call("GET", path)).status, 404);
    await scale(`istiod-${NEW}`, 1);
    await untilReady(live, "istio-system", `istiod-${NEW}`);
    await stack.up();
  });

  async function scale(name: string, replicas: number): Promise<void> {
    const path = `/apis/apps/v1/namespaces/istio-system/deployments/${name}`;
    const { status } = await live.cluster.call("PATCH", path, { spec: { replicas } }, "merge");
    assert.equal(status, 200);
    await until(
      async () => Number(getPath(await live.get(path), "status.replicas") ?? 0) === replicas,
      GONE_MS,
      () => `${name} has not ${replicas} pods`,
    );
  }

  stage("a gateway's pod that is deleted: its requests end well", async () => {
    load.phase("pod");
    const pods = await live.get(`/api/v1/namespaces/${GATEWAYS}/pods`);
    const [first] = (pods.items as JsonObject[]).filter(isObject);
    const name = getPath(first ?? {}, "metadata.name");
    await live.cluster.call("DELETE", `/api/v1/namespaces/${GATEWAYS}/pods/${name}`);
    await delay(30_000);
  });

  stage("loses no request in all of that", async () => {
    const phases = await load.stop();
    assert.equal(totals(phases).failed, 0, failuresText(phases));
    assert.ok(totals(phases).requests > 1000);
  });
});
