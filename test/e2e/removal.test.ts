import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { untilNone } from "../node/wait";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";
import { allObjects } from "./clusterObjects";
import { gateways, nodeStack, type Weights } from "./nodeStack";
import { GATEWAYS, openShop } from "./shop";

const BOTH = [{ revision: OLD }, { revision: NEW, version: NEWEST }];

/** Gateways that may be taken away. */
function open(weights: Weights) {
  return { "mesh:gateways": gateways(weights, { protect: false }) };
}

/** Where a stack stands after each step of an upgrade. */
const STEPS: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["the first install", open({ [OLD]: 100 })],
  ["a canary", { "mesh:revisions": BOTH, ...open({ [OLD]: 75, [NEW]: 25 }) }],
  ["a cutover", { "mesh:revisions": BOTH, ...open({ [NEW]: 100 }) }],
  [
    "the end",
    {
      "mesh:version": NEWEST,
      "mesh:revisions": [{ revision: NEW }],
      "mesh:tags": { stable: NEW, default: NEW },
      ...open({ [NEW]: 100 }),
    },
  ],
];

const PROBE_MS = 100;

/** How long pods and the objects of a CRD may take to follow what had them. */
const SETTLED_MS = 60_000;

/** Pods that each webhook of a mesh injects, and one that none does. */
const POD_LABELS: readonly Readonly<Record<string, string>>[] = [
  {},
  { "sidecar.istio.io/inject": "true" },
  { "istio.io/rev": OLD },
  { "istio.io/rev": NEW },
  { "istio.io/rev": "stable" },
];

/** Asks for a pod again and again, as a Deployment would; none is kept. */
class PodProbe {
  readonly refused: string[] = [];
  asked = 0;
  private ended = false;
  private readonly done: Promise<void>;

  constructor(private readonly live: LiveCluster) {
    this.done = this.ask();
  }

  private async ask(): Promise<void> {
    while (!this.ended) {
      await Promise.all(POD_LABELS.map((labels) => this.askFor(labels)));
      await delay(PROBE_MS);
    }
  }

  private async askFor(labels: Readonly<Record<string, string>>): Promise<void> {
    const spec = { containers: [{ name: "app", image: "app" }] };
    const metadata = { name: "probe", labels };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec };
    const path = "/api/v1/namespaces/shop/pods/probe?dryRun=All&fieldManager=probe";
    const { status, body } = await this.live.cluster.call("PATCH", path, pod);
    this.asked++;
    if (status > 299) {
      const title = JSON.stringify(labels);
      this.refused.push(`${new Date().toISOString()} ${title}: ${body.message}`);
    }
  }

  async stop(): Promise<void> {
    this.ended = true;
    await this.done;
  }
}

describe("removal from a real node", () => {
  let node: Node;
  let live: LiveCluster;
  let tools: Tools;
  let known: ReadonlySet<string>;

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    tools = await toolsFor(this);
    await openShop(live);
    known = new Set((await allObjects(live)).map(({ kind, name }) => `${kind} ${name}`));
  });

  after(async () => {
    await node?.stop();
  });

  /** Nothing is there that was not before, once what goes by itself has gone. */
  const nothingIsLeft = () => untilNone(left, SETTLED_MS);

  /** What is there now and was not before, but for what Kubernetes itself keeps, and CRDs. */
  async function left(): Promise<string[]> {
    // The API server makes an APIService of each group of CRDs.
    const kept =
      /^(Event|EndpointSlice|Endpoints|Lease|ControllerRevision|CustomResourceDefinition|APIService) /;
    return (await allObjects(live))
      .map(({ kind, name }) => `${kind} ${name}`)
      .filter((each) => !known.has(each) && !kept.test(each));
  }

  async function destroyed(stack: TestStack): Promise<PodProbe> {
    const probe = new PodProbe(live);
    try {
      await stack.destroy(["--run-program"]);
    } finally {
      await probe.stop();
    }
    return probe;
  }

  it("is refused while a gateway is protected, before anything of it goes", async function () {
    this.timeout(600_000);
    const stack = await nodeStack(tools, node, "kept", {
      "mesh:revisions": [{ revision: OLD }],
      "mesh:gateways": gateways({ [OLD]: 100 }),
    });
    await stack.up();
    const deployment = await live.get(
      `/apis/apps/v1/namespaces/${GATEWAYS}/deployments/web-${OLD}`,
    );
    const { output } = await stack.failure("destroy");
    assert.match(output, /because it is protected/);
    const after = await live.get(`/apis/apps/v1/namespaces/${GATEWAYS}/deployments/web-${OLD}`);
    assert.deepEqual(after.metadata, deployment.metadata);
    stack.configure(open({ [OLD]: 100 }));
    await stack.up();
    await destroyed(stack);
    await nothingIsLeft();
  });

  /** CRDs that are there now. */
  async function crds(): Promise<string[]> {
    return (await allObjects(live))
      .filter(({ kind }) => kind === "CustomResourceDefinition")
      .map(({ name }) => name);
  }

  for (const [title, config] of STEPS) {
    it(`after ${title} leaves nothing but CRDs, and pods can be created all along`, async function () {
      this.timeout(600_000);
      const stack = await nodeStack(tools, node, "removal", {
        "mesh:revisions": [{ revision: OLD }],
        "mesh:tags": { stable: OLD },
        ...config,
      });
      await stack.up();
      const probe = await destroyed(stack);
      assert.deepEqual(probe.refused, []);
      assert.ok(probe.asked > 20, `${probe.asked} pods were asked for`);
      await nothingIsLeft();
      assert.ok((await crds()).length > 10, "the CRDs are kept");
    });
  }

  it("takes the CRDs along on request", async function () {
    this.timeout(600_000);
    const stack = await nodeStack(tools, node, "removal", {
      "mesh:revision": NEW,
      "mesh:version": NEWEST,
      "mesh:crdsOnDestroy": "delete",
    });
    await stack.up();
    await destroyed(stack);
    await nothingIsLeft();
    await untilNone(crds, SETTLED_MS);
  });
});
