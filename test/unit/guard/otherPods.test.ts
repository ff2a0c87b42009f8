import assert from "node:assert/strict";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import { evictPods } from "../../../adapters/cluster/evict";
import type { JsonObject } from "../../../mesh/common/json";
import { decideReplaced, keepsProxy, otherPods } from "../../../mesh/guard/otherPods";
import type { NamespaceState } from "../../../mesh/guard/rollout";
import type { Workload } from "../../../mesh/k8s/workload";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { configurations } from "../injection/scenarios";
import { fakeClock } from "./clock";
import { pod } from "./objects";

interface Owner {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
}

interface Options {
  readonly owner?: Owner;
  readonly revision?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly spec?: JsonObject;
}

function owned(name: string, options: Options = {}): JsonObject {
  const { owner, revision = OLD, labels = {}, phase = "Running", ready, spec = {} } = options;
  const annotations = { "istio.io/rev": revision };
  const found = pod(name, { namespace: "shop", labels, annotations, phase, ready });
  const references = owner && [
    { apiVersion: "apps/v1", ...owner, uid: owner.name, controller: true },
  ];
  return {
    ...found,
    metadata: {
      ...(found.metadata as JsonObject),
      uid: name,
      ...(references && { ownerReferences: references }),
    },
    spec,
  };
}

function workload(kind: Workload["kind"], name: string): Workload {
  const labels = { app: name };
  const template = { metadata: { labels } };
  const spec = { selector: { matchLabels: labels }, template };
  return { kind, object: { metadata: { name, namespace: "shop" }, spec } };
}

function state(pods: readonly JsonObject[], workloads: readonly Workload[] = []): NamespaceState {
  return {
    mutatingWebhooks: configurations("old", "new"),
    namespaceLabels: { "istio.io/rev": NEW },
    workloads,
    pods,
  };
}

const ROLLOUT = { kind: "ReplicaSet", name: "cart-7c9" };
/** Argo Rollouts has its own label for the hash. */
const cart = (name: string, more: Options = {}) =>
  owned(name, { owner: ROLLOUT, labels: { "rollouts-pod-template-hash": "7c9" }, ...more });

const found = (pods: readonly JsonObject[], workloads?: readonly Workload[]) =>
  otherPods(state(pods, workloads)).map(({ title, replacement, pods: own }) => [
    title,
    replacement,
    own.length,
  ]);

describe("pods that no restart of a workload replaces", () => {
  it("not those of Deployments, StatefulSets and DaemonSets", () => {
    const hashed = {
      owner: { kind: "ReplicaSet", name: "a-5d4f" },
      labels: { "pod-template-hash": "5d4f" },
    };
    const pods = [
      owned("a-5d4f-x", hashed),
      owned("b-0", { owner: { kind: "StatefulSet", name: "b" } }),
      owned("c-x", { owner: { kind: "DaemonSet", name: "c" } }),
    ];
    const workloads = [
      workload("Deployment", "a"),
      workload("StatefulSet", "b"),
      workload("DaemonSet", "c"),
    ];
    assert.deepEqual(found(pods, workloads), []);
  });

  it("those of other controllers, by owner", () => {
    const kruise = { apiVersion: "apps.kruise.io/v1beta1", kind: "StatefulSet", name: "b" };
    assert.deepEqual(
      found(
        [cart("x"), cart("y"), owned("b-0", { owner: kruise })],
        [workload("StatefulSet", "b")],
      ),
      [
        ["ReplicaSet cart-7c9", "controlled", 2],
        ["StatefulSet b", "controlled", 1],
      ],
    );
  });

  it("nothing makes a pod again that has no controller, or that a file on its node has made", () => {
    const mirror = { apiVersion: "v1", kind: "Node", name: "node-1" };
    assert.deepEqual(found([owned("debug"), owned("file-node-1", { owner: mirror })]), [
      ["Pod debug", "alone", 1],
      ["Pod file-node-1", "alone", 1],
    ]);
  });

  it("pods of Jobs run to their end, and so do all that are not started again", () => {
    const job = { apiVersion: "batch/v1", kind: "Job", name: "import" };
    const step = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", name: "steps" };
    assert.deepEqual(
      found([
        owned("import-x", { owner: job }),
        owned("steps-1", { owner: step, spec: { restartPolicy: "Never" } }),
      ]),
      [
        ["Job import", "finite", 1],
        ["Workflow steps", "finite", 1],
      ],
    );
  });

  it("not those that have the proxy, that get none, that have ended or that end", () => {
    const leaving = cart("leaving");
    assert.deepEqual(
      found([
        cart("new", { revision: NEW }),
        cart("without", { labels: { "sidecar.istio.io/inject": "false" } }),
        cart("host", { spec: { hostNetwork: true } }),
        owned("done", { phase: "Succeeded" }),
        {
          ...leaving,
          metadata: {
            ...(leaving.metadata as JsonObject),
            deletionTimestamp: "2026-01-01T00:00:00Z",
          },
        },
      ]),
      [],
    );
  });

  it("each says why it keeps the proxy, and the command", () => {
    const job = { apiVersion: "batch/v1", kind: "Job", name: "import" };
    const all = otherPods(
      state([cart("x"), cart("y"), owned("debug"), owned("import-x", { owner: job })]),
    );
    assert.deepEqual(
      all.map((own) => keepsProxy("shop", own)),
      [
        "Job import: 1 pod keeps its old proxy until it ends, since its controller would not repeat it; the next run gets the new one: kubectl -n shop get pod import-x --watch",
        "Pod debug: 1 pod keeps its old proxy, since no controller would make it again; make it again from its manifest: kubectl -n shop replace --force -f FILE",
        "ReplicaSet cart-7c9: 2 pods keep their old proxy, since a restart reaches Deployments, StatefulSets and DaemonSets only; write `others: evict` into `restart`, or kubectl -n shop delete pod x y",
      ],
    );
  });
});

describe("an evicted pod is replaced", () => {
  const before = [cart("x"), cart("y")];
  const group = { title: "ReplicaSet cart-7c9", revision: NEW };
  const decide = (now: readonly JsonObject[]) =>
    decideReplaced(before[0] as JsonObject, before, now, group);

  it("once as many pods are ready as before, with the proxy of the revision", () => {
    assert.equal(decide([cart("y"), cart("z", { revision: NEW })]).kind, "ok");
    const cases: [readonly JsonObject[], RegExp][] = [
      [before, /1 of 2 pods are ready after the eviction of x/],
      [[cart("y")], /1 of 2 pods are ready/],
      [
        [cart("y"), cart("z", { revision: NEW, ready: false })],
        /1 of 2 pods are ready .*: pod z: is Running/,
      ],
      [[cart("y"), cart("z")], pattern`pod z has a proxy of ${OLD}, not of ${NEW}`],
      [[cart("y"), owned("other", { revision: NEW })], /1 of 2 pods are ready/],
    ];
    for (const [now, reason] of cases) {
      const decision = decide(now);
      assert.equal(decision.kind, "wait");
      assert.match("reason" in decision ? decision.reason : "", reason);
    }
  });
});

describe("evictions", () => {
  /** Replaces evicted pods at once; a budget refuses the first `refused` calls. */
  function fakeCluster(refused = 0) {
    let pods = [cart("x"), cart("y")];
    const evicted: string[] = [];
    let calls = 0;
    const cluster: Cluster = {
      async call(method, url): Promise<ApiAnswer> {
        if (method === "GET") {
          return { status: 200, body: { items: pods, metadata: {} } };
        }
        calls += 1;
        if (calls <= refused) {
          return { status: 429, body: { message: "it would violate the pod's disruption budget" } };
        }
        const name = url.split("/").at(-2) ?? "";
        evicted.push(name);
        pods = pods.map((own) =>
          (own.metadata as JsonObject).name === name ? cart(`${name}2`, { revision: NEW }) : own,
        );
        return { status: 201, body: {} };
      },
    };
    return { cluster, evicted };
  }

  async function run({ cluster }: ReturnType<typeof fakeCluster>, timeoutSeconds: number) {
    const clock = fakeClock();
    const [group] = otherPods(state([cart("x"), cart("y")]));
    assert.ok(group);
    await evictPods({ cluster, namespace: "shop", clock, timeoutSeconds }, group);
    return clock.slept;
  }

  it("go pod by pod, and wait for the budget", async () => {
    const scene = fakeCluster(2);
    assert.deepEqual(await run(scene, 10), [1000, 1000]);
    assert.deepEqual(scene.evicted, ["x", "y"]);
  });

  it("end with the reason if the budget does not allow one in time", async () => {
    const scene = fakeCluster(100);
    await assert.rejects(
      run(scene, 3),
      /still not ready after 3 s: Pod x may not be evicted now: it would violate the pod's disruption budget/,
    );
    assert.deepEqual(scene.evicted, []);
  });
});
