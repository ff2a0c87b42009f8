import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { managersOf, STACK_MANAGER } from "../../mesh/k8s/managers";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { killTree } from "../support/killTree";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { toolsFor } from "../support/tools";
import { allObjects } from "./clusterObjects";
import { failuresText, type Load, totals } from "./load";
import { gateways, inBackground, nodeStack } from "./nodeStack";
import { openShop } from "./shop";
import { startLoad } from "./underway";

/** Updates that are killed; `MESH_KILLS=20` for the figure in docs/figures.md. */
const KILLS = Number(process.env.MESH_KILLS ?? 8);

/** Written into the test's title, so that a run can be made again. */
const SEED = Number(process.env.MESH_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** How long an update of this stack may take here; a kill comes at any moment of it. */
const LONGEST_MS = 15_000;

const BOTH = [{ revision: OLD }, { revision: NEW, version: NEWEST }];

/** An upgrade and its way back, edit by edit; the last one leads to the first. */
const EDITS: readonly Readonly<Record<string, unknown>>[] = [
  { "mesh:revisions": BOTH },
  { "mesh:gateways": gateways({ [OLD]: 75, [NEW]: 25 }) },
  { "mesh:gateways": gateways({ [NEW]: 100 }) },
  { "mesh:tags": { stable: NEW } },
  { "mesh:tags": { stable: OLD } },
  { "mesh:gateways": gateways({ [OLD]: 25, [NEW]: 75 }) },
  { "mesh:gateways": gateways({ [OLD]: 100 }) },
  { "mesh:revisions": [{ revision: OLD }] },
];

/** Numbers from 0 to 1 that follow from a seed (a linear congruence, Numerical Recipes). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Exported {
  readonly deployment: {
    readonly resources: readonly { readonly type: string; readonly id?: string }[];
  };
}

/** The person whose machine dies in the middle of an upgrade, again and again. */
describe(`an upgrade killed at ${KILLS} random points (MESH_SEED=${SEED})`, () => {
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;
  let load: Load;
  const random = randomOf(SEED);

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    stack = await nodeStack(inBackground(await toolsFor(this), node), node, "killed", {
      "mesh:revisions": [{ revision: OLD }],
      "mesh:tags": { stable: OLD },
      "mesh:gateways": gateways({ [OLD]: 100 }),
    });
    await openShop(live);
    await stack.up();
    load = await startLoad(node, live, { rate: 200 });
  });

  after(async () => {
    await node?.stop();
  });

  /** Kills an update at a random point. @returns whether it was still running */
  async function killUpdate(): Promise<boolean> {
    const running = stack.attempt();
    await delay(1_000 + random() * LONGEST_MS);
    const holder = stack.lockHolder();
    if (holder !== undefined) {
      killTree(holder);
    }
    await running;
    if (stack.lockHolder() !== undefined) {
      await stack.unlock();
    }
    return holder !== undefined;
  }

  /** What the stack made and its state does not know. */
  async function orphans(): Promise<string[]> {
    const { deployment } = JSON.parse(await stack.stateText()) as Exported;
    const ids = deployment.resources.flatMap(({ type, id }) =>
      type.startsWith("kubernetes:") ? [`${type.split(":").at(-1)} ${id}`] : [],
    );
    const known = new Set(ids);
    const mine = (await allObjects(live)).filter(({ object }) =>
      managersOf(object).some(({ manager }) => manager.startsWith(STACK_MANAGER)),
    );
    assert.ok(mine.length > 10, `${mine.length} objects of the stack were found in the cluster`);
    return mine
      .filter(({ kind }) => kind !== "CustomResourceDefinition")
      .map(({ kind, name }) => `${kind} ${name}`)
      .filter((each) => !known.has(each));
  }

  it("goes on where it was, orphans nothing and loses no request", async function () {
    this.timeout(0);
    let killed = 0;
    for (let step = 0; killed < KILLS; step++) {
      stack.configure(EDITS[step % EDITS.length] ?? {});
      load.phase(`edit ${step}`);
      killed += (await killUpdate()) ? 1 : 0;
      await stack.up();
      assert.deepEqual((await stack.preview()).changes, [], `after edit ${step}`);
      assert.deepEqual(await orphans(), [], `after edit ${step}`);
    }
    const phases = await load.stop();
    assert.equal(totals(phases).failed, 0, failuresText(phases));
    assert.ok(totals(phases).requests > 1000);
    console.info(`      ${killed} kills, ${totals(phases).requests} requests, 0 failed`);
  });
});
