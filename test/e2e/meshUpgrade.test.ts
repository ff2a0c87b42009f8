import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { listAt, PROXY_CONTAINER } from "../../mesh/k8s/workload";
import type { PrometheusGate } from "../../mesh/model/gateInputs";
import type { UpgradeEvent } from "../../mesh/runner/events";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import { type Node, smallGateway, upstreamEnvoyOverlay } from "../node/node";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import { prometheusProgram } from "../support/prometheusServer";
import { type Finished, meshCommand, run } from "../support/run";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";
import { CANARY_FAULTS, CANARY_STATUS, canaryFault, DELAY_SECONDS } from "./canaryFault";
import { type Load, totals } from "./load";
import { countedRequests, startNodePrometheus } from "./nodePrometheus";
import { nodeStack } from "./nodeStack";
import { GATEWAYS, openShop } from "./shop";
import { startLoad } from "./underway";

/** Requests a second to each gateway, long ones not counted. */
const RATE = 60;

/** Clients of each gateway with long requests: so few that the p99 does not show them. */
const LONG = 1;

/** How long clients are watched after the last step. */
const STEADY_MS = 3_000;

/** A canary answers a few requests badly in this time. */
const PHASE_MS = 2_000;

/** Longer than any request, so that a pod that ends has answered all of them. */
const LINGER_SECONDS = 22;

/** The shop that each gateway sends its requests to. */
const BACKENDS = { web: "shop", api: "cart" } as const;

const NAMESPACES = [
  { name: "shop", revision: "stable" },
  { name: "cart", revision: OLD },
  { name: "pay", revision: OLD },
];

/** Seconds that rates look back. */
const WINDOW = 8;

/** @param p99 what is still good, and when that is measured */
function policyWith(p99: Pick<PrometheusGate, "max" | "maxTimesOld" | "warmUp" | "count">) {
  return {
    weights: [50],
    gates: [
      { kind: "mesh", interval: 2, count: 2, limit: 30 },
      {
        ...{ kind: "prometheus", metric: "success-rate" },
        ...{ window: WINDOW, interval: 2, count: 2, limit: 1 },
      },
      {
        ...{ kind: "prometheus", metric: "p99" },
        ...{ window: WINDOW, interval: 2, count: 2, limit: 5, ...p99 },
      },
    ],
  };
}

/** Envoy shows times of requests every 5 s, and Prometheus reads them 2 s later at the latest. */
const SHOWN_SECONDS = 7;

/**
 * By fault of the canary. On a busy machine clients make so few requests that one of the long ones may be
 * the p99 of the old revision. So what a slow canary is compared with is a number. Its first requests
 * that are seen are the quick ones, so it is measured when the others must have been seen too.
 */
const POLICIES = {
  errors: policyWith({ maxTimesOld: 3 }),
  slow: policyWith({ max: 1000, warmUp: DELAY_SECONDS + SHOWN_SECONDS + 4, count: 3 }),
};

function proxyImages(pod: JsonObject): string[] {
  return [...listAt(pod, "spec.containers"), ...listAt(pod, "spec.initContainers")]
    .filter(({ name }) => name === PROXY_CONTAINER)
    .map(({ image }) => String(image));
}

function gateway(name: string) {
  const revisions = [{ revision: OLD }];
  return { name, namespace: GATEWAYS, replicas: 2, revisions, ...smallGateway };
}

describe("mesh upgrade on a real node", function () {
  this.timeout(900_000);
  const stage = stages();
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;
  let prometheus: Awaited<ReturnType<typeof startNodePrometheus>> | undefined;
  let loads: Load[];

  before(async function () {
    const program = prometheusProgram();
    if (program === undefined) {
      console.warn("    skipped: neither a program prometheus, nor Debian's package is to be had");
      this.skip();
    }
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    stack = await nodeStack(await toolsFor(this), node, "prod", {
      "mesh:overlays": [upstreamEnvoyOverlay, countedRequests],
      "mesh:revisions": [{ revision: OLD }],
      "mesh:tags": { stable: OLD },
      "mesh:gateways": Object.keys(BACKENDS).map(gateway),
      "mesh:namespaces": NAMESPACES.map((own) => ({ ...own, create: true })),
    });
    prometheus = await startNodePrometheus(node, live, program);
    for (const [name, own] of Object.entries(POLICIES)) {
      const policy = { ...own, prometheus: { url: prometheus.url } };
      writeFileSync(join(stack.folder, `${name}.json`), JSON.stringify(policy));
    }
    await stack.up();
    await Promise.all(
      NAMESPACES.map(({ name }) =>
        openShop(live, { name, lingerSeconds: LINGER_SECONDS, cpu: "50m" }),
      ),
    );
    loads = [];
    for (const [name, backend] of Object.entries(BACKENDS)) {
      loads.push(await startLoad(node, live, { gateway: name, rate: RATE, long: LONG, backend }));
    }
  });

  after(async () => {
    await prometheus?.stop();
    await node?.stop();
  });

  const env = () => ({ ...stack.shell, PULUMI_DEBUG_COMMANDS: "" });

  /** The command and its arguments, in the node's network, where Prometheus answers. */
  const commandLine = (verb: string, words: readonly string[]) =>
    node.inNetns(...meshCommand(["upgrade", verb, "--stack", "prod", ...words]));

  function upgrade(verb: string, ...words: string[]): Promise<Finished> {
    return run(...commandLine(verb, words), { cwd: stack.folder, env: env() });
  }

  async function well(verb: string, ...words: string[]): Promise<void> {
    const { code, output } = await upgrade(verb, ...words, "--yes");
    assert.equal(code, 0, output);
  }

  const eventsIn = ({ stdout }: Finished) =>
    stdout
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as UpgradeEvent);

  /** Requests from now on are counted under this name. */
  function phase(name: string): void {
    for (const load of loads) {
      load.phase(name);
    }
  }

  /** Short phases, because of each one the first 20 lost requests are known. @returns what ends them */
  function phases(name: string): () => void {
    phase(name);
    const timer = setInterval(() => phase(`${name}, ${Date.now()}`), PHASE_MS);
    return () => clearInterval(timer);
  }

  /** Runs the command with a faulty canary. @returns its events, up to the gateways' way back */
  async function untilFound(fault: keyof typeof CANARY_FAULTS): Promise<UpgradeEvent[]> {
    await live.apply(canaryFault(CANARY_FAULTS[fault]));
    const end = phases(`canary with ${fault}`);
    const finished = await upgrade(
      ...["start", "--to", NEWEST, "--policy", `${fault}.json`, "--yes", "-o", "json"],
    );
    end();
    phase(`after the canary with ${fault}`);
    await live.remove(canaryFault({}));
    assert.equal(finished.code, 4, finished.output);
    const events = eventsIn(finished);
    const last = events.at(-1);
    assert.ok(last?.event === "end", finished.output);
    assert.deepEqual([last.result, last.stage], ["rolledBack", "install"], last.because);
    const walked = events.flatMap((one) => (one.event === "stage" ? [one.stage] : []));
    assert.deepEqual(walked.slice(-2), ["gateway-web-50", "install"], "not at the first weight");
    return events;
  }

  const verdictOf = (events: readonly UpgradeEvent[], gate: string) => {
    const found = [...events].reverse().find((one) => one.event === "gate" && one.gate === gate);
    return found?.event === "gate" ? `${found.verdict}: ${found.saw}` : "none";
  };

  stage("finds a canary that answers 5xx to a tenth of its requests, and goes back", async () => {
    const events = await untilFound("errors");
    assert.match(
      verdictOf(events, "success-rate"),
      new RegExp(
        `^failed: gateway ${GATEWAYS}/web on ${NEW}: success rate [89]\\d[.\\d]* %, below 99`,
      ),
    );
  });

  stage("finds a canary that holds requests up, and goes back", async () => {
    const events = await untilFound("slow");
    assert.match(
      verdictOf(events, "p99"),
      new RegExp(`^failed: gateway ${GATEWAYS}/web on ${NEW}: p99 .* ms, above 1000`),
    );
  });

  stage("goes back to the mesh of before", async () => {
    phase("rollback");
    await well("rollback");
    const planes = await live.get("/apis/apps/v1/namespaces/istio-system/deployments");
    const names = (planes.items as JsonObject[]).map((one) => getPath(one, "metadata.name"));
    assert.deepEqual(names, [`istiod-${OLD}`]);
  });

  stage("takes the mesh to the new version in one command", async () => {
    phase("upgrade");
    const finished = await upgrade("start", "--to", NEWEST, "--policy", "errors.json", "--yes");
    assert.equal(finished.code, 0, finished.output);
    phase("after the upgrade");
    const file = readFileSync(join(stack.folder, "Pulumi.prod.yaml"), "utf8");
    assert.doesNotMatch(file, new RegExp(`mesh:upgrade|${OLD}|${PREVIOUS}`));
    const { items } = await live.get("/api/v1/pods");
    const images = (items as JsonObject[]).flatMap(proxyImages);
    assert.ok(images.length >= 10, `${images.length} proxies`);
    for (const image of images) {
      assert.ok(image.endsWith(`:${NEWEST}`), image);
    }
  });

  stage("loses no request but those that the canary itself answers badly", async () => {
    await delay(STEADY_MS);
    const all = (await Promise.all(loads.map((load) => load.stop()))).flat();
    const lost = all.flatMap(({ name, failures }) =>
      (failures ?? []).map((one) => ({ name, ...one })),
    );
    const others = lost.filter(
      ({ name, error }) =>
        !name.startsWith("canary with errors") || !error.startsWith(`status ${CANARY_STATUS}`),
    );
    assert.deepEqual(others, []);
    assert.equal(totals(all).failed, lost.length, "not all failures are known");
    assert.ok(lost.length > 0, "the canary answered nothing badly");
    assert.ok(totals(all).requests > 1000, `${totals(all).requests} requests`);
  });
});
