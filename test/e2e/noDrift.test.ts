import assert from "node:assert/strict";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import type { Step, TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";
import { gateways, nodeStack } from "./nodeStack";
import { GATEWAYS } from "./shop";

const SETTLED_MS = 120_000;
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

/** Revision of the control plane, and the configuration that goes with it. */
const SHAPES: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
  ["the default revision", "default", {}],
  [
    "a revision and the tag default",
    "one",
    { "mesh:revision": "one", "mesh:tags": { default: "one" } },
  ],
];

function steps(changes: readonly Step[]): string[] {
  return changes.map(({ op, type, name }) => `${op} ${type} ${name}`);
}

function webhooksOf(list: JsonObject): JsonObject[] {
  const items = list.items as JsonObject[];
  return items.flatMap(({ webhooks }) =>
    Array.isArray(webhooks) ? webhooks.filter(isObject) : [],
  );
}

/** Pain 1: what istiod, the autoscaler and the controllers write is theirs. */
describe("no drift on a real node", () => {
  let node: Node;
  let live: LiveCluster;
  let tools: Tools;

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    tools = await toolsFor(this);
  });

  after(async () => {
    await node?.stop();
  });

  async function webhooksAreWritten(): Promise<boolean> {
    const injectors = webhooksOf(await live.get(`${ADMISSION}/mutatingwebhookconfigurations`));
    const validators = webhooksOf(await live.get(`${ADMISSION}/validatingwebhookconfigurations`));
    const all = [...injectors, ...validators];
    const signed = all.filter((hook) => getPath(hook, "clientConfig.caBundle") !== undefined);
    const strict = validators.filter(({ failurePolicy }) => failurePolicy === "Fail");
    return all.length > 0 && signed.length === all.length && strict.length === validators.length;
  }

  async function hasScaled(revision: string): Promise<boolean> {
    const path = `/apis/apps/v1/namespaces/${GATEWAYS}/deployments/web-${revision}`;
    return getPath(await live.get(path), "status.readyReplicas") === 3;
  }

  async function controllersAreDone(revision: string): Promise<void> {
    await until(webhooksAreWritten, SETTLED_MS, () => "istiod has not written all webhooks");
    await until(
      () => hasScaled(revision),
      SETTLED_MS,
      () => "the gateway has not scaled to 3",
    );
  }

  async function unchanged(stack: TestStack, name: string): Promise<void> {
    const { changes } = await stack.up();
    assert.deepEqual(steps(changes), [], `${name} changes something`);
  }

  async function staysPut(stack: TestStack, revision: string): Promise<void> {
    await stack.up();
    await controllersAreDone(revision);
    await unchanged(stack, "a second update");
    const refreshed = await stack.refresh();
    assert.deepEqual(steps(refreshed.changes.filter(({ op }) => op !== "refresh")), []);
    await unchanged(stack, "an update after a refresh");
    const { changes } = await stack.preview(["--refresh"]);
    assert.deepEqual(steps(changes.filter(({ op }) => op !== "refresh")), []);
    await previewsOneEdit(stack, revision);
  }

  for (const version of [PREVIOUS, NEWEST]) {
    for (const [title, revision, config] of SHAPES) {
      it(`${version} with ${title}: nothing changes after the first update`, async function () {
        this.timeout(600_000);
        const autoscaling = { minReplicas: 3, maxReplicas: 5 };
        const stack = await nodeStack(tools, node, "drift", {
          "mesh:version": version,
          ...config,
          "mesh:gateways": gateways(
            { [revision]: 100 },
            { replicas: undefined, autoscaling, protect: false },
          ),
        });
        try {
          await staysPut(stack, revision);
        } finally {
          await removed(stack);
        }
      });
    }
  }

  async function previewsOneEdit(stack: TestStack, revision: string): Promise<void> {
    stack.configure({ "mesh:set": ["meshConfig.accessLogFile=/dev/stdout"] });
    const { changes } = await stack.preview(["--refresh"]);
    const suffix = revision === "default" ? "" : `-${revision}`;
    const objects = changes.filter(
      ({ op, type }) => op !== "refresh" && type.startsWith("kubernetes:"),
    );
    // The second map is a copy of the values, which Istio's chart keeps beside.
    const maps = [`istio${suffix}`, `values${suffix}`];
    assert.deepEqual(
      objects.map(({ op, type, name }) => [op, type, name.split("/").at(-1)]).sort(),
      maps.map((name) => ["update", "kubernetes:core/v1:ConfigMap", name]),
    );
  }

  async function removed(stack: TestStack): Promise<void> {
    await stack.destroy(["--run-program"]);
  }
});
