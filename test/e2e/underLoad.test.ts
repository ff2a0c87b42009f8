import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { toolsFor } from "../support/tools";
import { failuresText, type Phase, totals } from "./load";
import { gateways, inBackground, nodeStack, type Weights } from "./nodeStack";
import {
  applyAndDelete,
  type Peer,
  PODS,
  removeBystanders,
  rollingRestart,
  startBystanders,
} from "./peers";
import { openShop } from "./shop";
import { type Outcome, outcomeTable, STEADY } from "./table";
import { startLoad } from "./underway";

/** Cutovers, each with its rollback; `MESH_CYCLES=10` for the figures in docs/figures.md. */
const CYCLES = Number(process.env.MESH_CYCLES ?? 2);

/** The ways of today need no more: they lose requests each time. */
const PEER_CYCLES = Math.min(CYCLES, 3);

/** Requests a second, long ones not counted. */
const RATE = 500;

/** How long clients are watched between two steps. */
const STEADY_MS = 6_000;

describe(`a gateway's cutover under load, ${CYCLES} times there and back`, () => {
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;
  const outcomes: Outcome[] = [];

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    const tools = inBackground(await toolsFor(this), node);
    stack = await nodeStack(tools, node, "load", {
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: NEWEST }],
      "mesh:gateways": gateways({ [OLD]: 100 }),
    });
    await openShop(live);
    await stack.up();
  });

  after(async () => {
    await node?.stop();
    if (outcomes.length > 0) {
      console.info(`\n${outcomeTable(outcomes)}\n`);
    }
  });

  /** Steps under load, each in a phase of its own. */
  async function underLoad(
    gateway: string,
    selector: Readonly<Record<string, string>>,
    steps: readonly (readonly [name: string, step: () => Promise<unknown>])[],
  ): Promise<Phase[]> {
    const load = await startLoad(node, live, { gateway, selector, rate: RATE });
    // Connections open, and long requests get going.
    load.phase("warm-up");
    await delay(STEADY_MS / 2);
    for (const [name, step] of steps) {
      load.phase(STEADY);
      await delay(STEADY_MS);
      load.phase(name);
      await step();
    }
    load.phase(STEADY);
    await delay(STEADY_MS);
    return (await load.stop()).filter(({ name }) => !["start", "warm-up"].includes(name));
  }

  function toWeights(weights: Weights): () => Promise<unknown> {
    return () => {
      stack.configure({ "mesh:gateways": gateways(weights) });
      return stack.up();
    };
  }

  it("loses no request", async function () {
    this.timeout(0);
    const cycle = [
      ["canary 25 %", toWeights({ [OLD]: 75, [NEW]: 25 })],
      ["cutover", toWeights({ [NEW]: 100 })],
      ["rollback", toWeights({ [OLD]: 100 })],
    ] as const;
    const steps = Array.from({ length: CYCLES }, () => cycle).flat();
    const others = [
      `${PODS} other proxies start`,
      () => startBystanders(node.kubeconfig, NEW),
    ] as const;
    const phases = await underLoad("web", { istio: "ingressgateway", app: "web" }, [
      ...steps,
      others,
    ]);
    await removeBystanders(node.kubeconfig);
    outcomes.push({ title: "pulumi up", moves: 2 * CYCLES, phases });
    assert.equal(totals(phases).failed, 0, failuresText(phases));
  });

  const peers: readonly (readonly [string, (kubeconfig: string) => Peer])[] = [
    ["kubectl apply, kubectl delete", applyAndDelete],
    ["rolling restart in place", rollingRestart],
  ];
  for (const [title, peerOf] of peers) {
    it(`is compared with today's way: ${title}`, async function () {
      this.timeout(0);
      const peer = peerOf(node.kubeconfig);
      await peer.install(OLD);
      const moves = Array.from({ length: PEER_CYCLES }, () => [
        ["cutover", () => peer.moveTo(NEW)] as const,
        ["rollback", () => peer.moveTo(OLD)] as const,
      ]).flat();
      const phases = await underLoad(peer.name, peer.selector, moves);
      outcomes.push({ title, moves: 2 * PEER_CYCLES, phases });
      assert.ok(totals(phases).requests > 0);
    });
  }
});
