import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { objectPaths } from "../../adapters/cluster/discovery";
import { listAll } from "../../adapters/cluster/objects";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { nameOf, namespaceOf } from "../../mesh/k8s/workload";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

/** More of both find more; a failure names the seed with which it comes again. */
const STEPS = Number(process.env.SHARED_STEPS ?? 8);
const SEED = Number(process.env.SHARED_SEED ?? 14);
const WATCH_MS = 100;

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a stack may be told, each key by itself. */
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  "mesh:adopt": [undefined, "namespaces", "all"],
  "mesh:shared": [undefined, undefined, "own", "use"],
  "mesh:cni": [{ enabled: true, namespace: "kube-system" }, { enabled: false }],
  "mesh:mtls": [undefined, { mode: "STRICT" }],
};

/** Revision and version of each stack's control plane. */
const STACKS = [
  ["a", "ra", PREVIOUS],
  ["b", "rb", NEWEST],
  ["c", "rc", NEWEST],
] as const;

interface Workload {
  readonly ready: number;
  readonly wished: number;
}

/**
 * Ready and wished pods of each Deployment. Agents are left out: on the only node here, the upgrade
 * of one is a moment without it.
 */
async function workloads(live: LiveCluster): Promise<Map<string, Workload>> {
  const count = (object: JsonObject, path: string) => Number(getPath(object, path) ?? 0);
  const deployments = await listAll(live.cluster, "/apis/apps/v1/deployments");
  return new Map(
    deployments.map((object) => [
      `Deployment ${namespaceOf(object)}/${nameOf(object)}`,
      {
        ready: count(object, "status.readyReplicas"),
        wished: count(object, "spec.replicas"),
      },
    ]),
  );
}

/** Looks again and again at how many pods are ready. */
class ReadyWatch {
  readonly lowest = new Map<string, Workload>();
  private ended = false;
  private readonly done: Promise<void>;

  constructor(private readonly live: LiveCluster) {
    this.done = this.watch();
  }

  private async watch(): Promise<void> {
    while (!this.ended) {
      for (const [title, { ready, wished }] of await workloads(this.live)) {
        const before = this.lowest.get(title) ?? { ready, wished };
        this.lowest.set(title, {
          ready: Math.min(before.ready, ready),
          wished: Math.min(before.wished, wished),
        });
      }
      await delay(WATCH_MS);
    }
  }

  async stop(): Promise<ReadonlyMap<string, Workload>> {
    this.ended = true;
    await this.done;
    return this.lowest;
  }
}

function isManifest(inputs: unknown): inputs is K8sObject {
  return isObject(inputs) && isObject(inputs.metadata) && typeof inputs.kind === "string";
}

/** Objects that a stack declares, or uses. */
async function declaredBy(stack: TestStack): Promise<K8sObject[]> {
  const { deployment } = JSON.parse(await stack.stateText()) as {
    deployment: { resources?: { type: string; urn: string; inputs?: JsonObject }[] };
  };
  return (deployment.resources ?? []).flatMap(({ type, urn, inputs = {} }) => {
    const object = urn.includes(":use:") ? inputs.input : inputs;
    const isObjects = type.startsWith("kubernetes:") || urn.includes(":use:");
    return isObjects && isManifest(object) && !type.endsWith("Patch") ? [object] : [];
  });
}

describe(`stacks in one cluster, in any order (seed ${SEED}, ${STEPS} steps)`, () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  const random = randomFrom(SEED);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const story: string[] = [];

  before(async function () {
    tools = await toolsFor(this);
    // No istiod runs, so nothing answers its webhooks.
    api = await startKwokCluster({ webhooks: false });
    live = liveCluster(api.kubeconfig, "kubectl-create");
  });

  after(async () => {
    await api?.stop();
  });

  const open = ([name, revision, version]: (typeof STACKS)[number]): Promise<TestStack> =>
    TestStack.create(tools, name, {
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:version": version,
      "mesh:revision": revision,
      "mesh:profile": "minimal",
      "mesh:cni": { enabled: true, namespace: "kube-system" },
    });

  /** Identities of objects in the cluster, by title; those that are not there are left out. */
  async function uids(objects: readonly K8sObject[]): Promise<Map<string, string>> {
    const paths = objectPaths(live.cluster);
    const found = new Map<string, string>();
    for (const object of objects) {
      const path = await paths(object);
      const answer = path === undefined ? undefined : await live.cluster.call("GET", path);
      if (answer?.status === 200) {
        found.set(objectTitle(object), String(getPath(answer.body, "metadata.uid")));
      }
    }
    return found;
  }

  /** One step of one stack; it may be refused. */
  async function act(stack: TestStack): Promise<void> {
    if (random() < 0.3) {
      story.push(`destroy ${stack.name}`);
      const flags = ["--yes", "--skip-preview", "--run-program", "--stack", stack.name];
      const { code } = await stack.pulumi(["destroy", ...flags]);
      story.push(`  ${code === 0 ? "done" : "refused"}`);
      return;
    }
    const key = pick(Object.keys(CHOICES));
    const value = pick(CHOICES[key] ?? []);
    stack.configure({ [key]: value });
    story.push(`up ${stack.name}, ${key} ${JSON.stringify(value)}`);
    const { code } = await stack.attempt();
    story.push(`  ${code === 0 ? "done" : "refused"}`);
  }

  /** What is wrong after a step with what others have. */
  async function harm(actor: TestStack, stacks: readonly TestStack[], foreign: K8sObject[]) {
    const others = await Promise.all(
      stacks.filter((stack) => stack !== actor).map((stack) => declaredBy(stack)),
    );
    const kept = [...others.flat(), ...foreign];
    const before = await uids(kept);
    const ready = await workloads(live);
    const watch = new ReadyWatch(live);
    await act(actor);
    const lowest = await watch.stop();
    const after = await uids(kept);
    const gone = [...before].flatMap(([title, uid]) =>
      after.get(title) === uid ? [] : [`${title} has gone`],
    );
    const titles = new Set(kept.map(objectTitle));
    const fallen = [...ready].flatMap(([title, { ready: had }]) => {
      const { ready: has, wished } = lowest.get(title) ?? { ready: 0, wished: 0 };
      return titles.has(title) && has < Math.min(had, wished)
        ? [`${title} fell from ${had} ready pods to ${has}`]
        : [];
    });
    return [...gone, ...fallen];
  }

  it("no object goes that a stack declares or that none has made, and no ready count falls", async function () {
    this.timeout(0);
    const stacks = await Promise.all(STACKS.map(open));
    const foreign: K8sObject[] = [
      namespace("theirs"),
      namespace("shop", { "istio.io/rev": "none" }),
    ];
    const theirs: K8sObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "theirs", namespace: "istio-system" },
    };
    for (const object of foreign) {
      await live.apply(object);
    }
    for (let step = 0; step < STEPS; step++) {
      const found = await harm(pick(stacks), stacks, foreign);
      assert.deepEqual(found, [], story.join("\n"));
      const place = await live.cluster.call("GET", "/api/v1/namespaces/istio-system");
      if (place.status === 200 && foreign.length === 2 && random() < 0.3) {
        story.push("somebody makes a ConfigMap in istio-system");
        await live.apply(theirs);
        foreign.push(theirs);
      }
    }
    for (const stack of stacks) {
      await stack.destroy(["--run-program"]);
    }
    const left = await listAll(live.cluster, "/apis/apps/v1/deployments");
    const agents = await listAll(live.cluster, "/apis/apps/v1/daemonsets");
    assert.deepEqual([...left, ...agents].map(nameOf), [], story.join("\n"));
    assert.deepEqual([...(await uids(foreign)).keys()], foreign.map(objectTitle));
    const place = await live.cluster.call("GET", "/api/v1/namespaces/istio-system");
    assert.equal(place.status, foreign.includes(theirs) ? 200 : 404, story.join("\n"));
  });
});
