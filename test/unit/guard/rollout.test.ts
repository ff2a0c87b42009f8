import assert from "node:assert/strict";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import {
  type Progress,
  RESTART_DEFAULTS,
  restartWorkloads,
} from "../../../adapters/cluster/restart";
import type { JsonObject } from "../../../mesh/common/json";
import { inBatches } from "../../../mesh/common/lists";
import { liveTemplates } from "../../../mesh/guard/liveTemplates";
import {
  decideRollout,
  type NamespaceState,
  RESTART_TOKEN,
  restSeconds,
  staleWorkloads,
} from "../../../mesh/guard/rollout";
import { annotationsOf } from "../../../mesh/k8s/istioLabels";
import type { Workload } from "../../../mesh/k8s/workload";
import type { RestartInputs } from "../../../mesh/model/namespaceInputs";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { configurations } from "../injection/scenarios";
import { injectorConfig } from "../mesh/injectorConfig";
import { fakeClock } from "./clock";
import { namespaceObject, pod } from "./objects";

/** A Deployment that is done, with what differs. */
function deployment(
  name: string,
  differs: { spec?: JsonObject; status?: JsonObject } = {},
): Workload {
  const labels = { app: name };
  const object = {
    metadata: { name, namespace: "shop", generation: 2 },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels } },
      ...differs.spec,
    },
    status: {
      observedGeneration: 2,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      ...differs.status,
    },
  };
  return { kind: "Deployment", object };
}

function proxied(app: string, revision?: string, suffix = "1"): JsonObject {
  const annotations: Record<string, string> =
    revision === undefined ? {} : { "istio.io/rev": revision };
  return pod(`${app}-${suffix}`, { namespace: "shop", labels: { app }, annotations });
}

/** A pod as the controllers of a Deployment make it. */
function ofDeployment(app: string, revision: string): JsonObject {
  const found = proxied(app, revision);
  const labels = { app, "pod-template-hash": "5d4f" };
  const owner = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: `${app}-5d4f`,
    controller: true,
  };
  return { ...found, metadata: { ...metadataOf(found), labels, ownerReferences: [owner] } };
}

function metadataOf(object: JsonObject): JsonObject {
  return object.metadata as JsonObject;
}

function stale(state: Partial<NamespaceState>, token?: string) {
  const all: NamespaceState = {
    mutatingWebhooks: configurations("old", "new"),
    namespaceLabels: { "istio.io/rev": NEW },
    workloads: [deployment("a")],
    pods: [],
    ...state,
  };
  return staleWorkloads(all, token).map(({ object, revision, pods, manual }) => {
    const { name } = object.metadata as { name: string };
    return [name, revision, pods, ...(manual === undefined ? [] : [manual])];
  });
}

describe("which workloads have to restart", () => {
  it("those with pods of another revision, or without a proxy", () => {
    assert.deepEqual(stale({ pods: [proxied("a", OLD), proxied("a", NEW, "2")] }), [["a", NEW, 1]]);
    assert.deepEqual(stale({ pods: [proxied("a")] }), [["a", NEW, 1]]);
  });

  it("not those that are there already: a rerun goes on where it stopped", () => {
    assert.deepEqual(stale({ pods: [proxied("a", NEW)] }), []);
  });

  it("those that were not restarted since somebody asked for it", () => {
    const restarted = proxied("a", NEW, "2");
    const annotations = { ...annotationsOf(restarted), [RESTART_TOKEN]: "monday" };
    const pods = [
      proxied("a", NEW),
      { ...restarted, metadata: { ...metadataOf(restarted), annotations } },
    ];
    assert.deepEqual(stale({ pods }, "monday"), [["a", NEW, 1]]);
    assert.deepEqual(stale({ pods }, "tuesday"), [["a", NEW, 2]]);
    assert.deepEqual(stale({ pods }), []);
  });

  it("those that the revision would inject in another way now", () => {
    const created = (name: string, number: string, creationTimestamp: string) => {
      const pod = proxied(name, NEW, number);
      return { ...pod, metadata: { ...metadataOf(pod), creationTimestamp } };
    };
    const templates = liveTemplates([injectorConfig(NEW, { time: "2026-01-01T01:00:00Z" })]);
    const pods = [
      created("a", "1", "2026-01-01T00:00:00Z"),
      created("a", "2", "2026-01-01T02:00:00Z"),
    ];
    assert.deepEqual(stale({ pods, templates }), [["a", NEW, 1]]);
    assert.deepEqual(stale({ pods: pods.slice(1), templates }), []);
    assert.deepEqual(stale({ pods }), []);
  });

  it("not those that no webhook injects", () => {
    const optOut = { metadata: { labels: { app: "a", "sidecar.istio.io/inject": "false" } } };
    const inNode = { metadata: { labels: { app: "a" } }, spec: { hostNetwork: true } };
    for (const template of [optOut, inNode] as JsonObject[]) {
      const workloads = [deployment("a", { spec: { template } })];
      assert.deepEqual(stale({ workloads, pods: [proxied("a", OLD)] }), []);
    }
    assert.deepEqual(stale({ namespaceLabels: {}, pods: [proxied("a", OLD)] }), []);
  });

  it("what a change of the template does not restart is told", () => {
    const paused = [deployment("a", { spec: { paused: true } })];
    assert.deepEqual(stale({ workloads: paused, pods: [proxied("a", OLD)] }), [
      ["a", NEW, 1, "it is paused"],
    ]);
  });

  it("two webhooks for one workload end it", () => {
    const mutatingWebhooks = configurations("default", "tag-default-new");
    const namespaceLabels = { "istio-injection": "enabled" };
    assert.throws(
      () => stale({ mutatingWebhooks, namespaceLabels, pods: [proxied("a", OLD)] }),
      /Deployment a: more than one webhook would inject it/,
    );
  });
});

describe("batches and their rate", () => {
  it("batches keep the order", () => {
    assert.deepEqual(inBatches([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
    assert.deepEqual(inBatches([], 2), []);
  });

  it("at most 100 pods a minute, and never less rest than asked for", () => {
    assert.equal(restSeconds({ pods: 50, elapsedSeconds: 10, pauseSeconds: 0 }), 20);
    assert.equal(restSeconds({ pods: 50, elapsedSeconds: 60, pauseSeconds: 0 }), 0);
    assert.equal(restSeconds({ pods: 1, elapsedSeconds: 60, pauseSeconds: 5 }), 5);
  });
});

describe("a restarted workload is verified", () => {
  const decide = (workload: Workload, pods: readonly JsonObject[] = [proxied("a", NEW)]) =>
    decideRollout(workload, pods, NEW);

  it("ok: all pods are new, ready and of the revision", () => {
    assert.deepEqual(decide(deployment("a")), { kind: "ok" });
  });

  it("wait: unseen, half way, or an old proxy still", () => {
    const cases: [Workload, readonly JsonObject[], RegExp][] = [
      [deployment("a", { status: { observedGeneration: 1 } }), [], /has not seen the restart/],
      [deployment("a", { status: { updatedReplicas: 0 } }), [], /0 of 1 pods are new and ready/],
      [deployment("a", { status: { replicas: 2 } }), [], /1 of 2 pods are new and ready/],
      [deployment("a"), [proxied("a", OLD)], pattern`pod a-1 has a proxy of ${OLD}, not of ${NEW}`],
      [deployment("a"), [proxied("a")], /has a proxy of no revision/],
    ];
    for (const [workload, pods, reason] of cases) {
      const decision = decide(workload, pods);
      assert.equal(decision.kind, "wait");
      assert.match("reason" in decision ? decision.reason : "", reason);
    }
  });

  it("fail: its controller has given up, with the container's reason", () => {
    const conditions = [
      { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" },
    ];
    const state = { waiting: { reason: "ImagePullBackOff" } };
    const broken = pod("a-2", { ready: false, container: { name: "app", state } });
    const decision = decide(deployment("a", { status: { conditions } }), [broken]);
    assert.equal(decision.kind, "fail");
    assert.match(
      "reason" in decision ? decision.reason : "",
      /^Deployment a did not come up: pod a-2, container app: ImagePullBackOff$/,
    );
  });

  it("a DaemonSet counts nodes", () => {
    const status = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 };
    const { object } = deployment("a", { status });
    const decision = decide({ kind: "DaemonSet", object });
    assert.match("reason" in decision ? decision.reason : "", /2 of 3 pods are new and ready/);
  });
});

/** A namespace whose workloads restart at once; `broken` ones never get ready. */
function fakeNamespace(count: number, broken: readonly string[] = []) {
  const names = Array.from({ length: count }, (_, index) => `app-${index}`);
  const restarted = new Set<string>();
  const pods = () => names.map((name) => ofDeployment(name, restarted.has(name) ? NEW : OLD));
  const objectOf = (name: string) => {
    const isBroken = broken.includes(name) && restarted.has(name);
    return deployment(name, isBroken ? { status: { availableReplicas: 0 } } : {}).object;
  };
  const lists: Record<string, () => JsonObject[]> = {
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations": () =>
      configurations("old", "new") as unknown as JsonObject[],
    "/api/v1/namespaces/shop/pods": pods,
    "/apis/apps/v1/namespaces/shop/deployments": () => names.map(objectOf),
    "/apis/apps/v1/namespaces/shop/statefulsets": () => [],
    "/apis/apps/v1/namespaces/shop/daemonsets": () => [],
  };
  const cluster: Cluster = {
    async call(method, url): Promise<ApiAnswer> {
      const [path = ""] = url.split("?");
      const name = path.split("/").at(-1) ?? "";
      if (method === "PATCH") {
        restarted.add(name);
        return { status: 200, body: {} };
      }
      const list = lists[path];
      if (list !== undefined) {
        return { status: 200, body: { items: list(), metadata: {} } };
      }
      const body =
        name === "shop" ? namespaceObject("shop", { "istio.io/rev": NEW }) : objectOf(name);
      return { status: 200, body };
    },
  };
  return { cluster, restarted };
}

describe("the restart as a whole", () => {
  async function restart(
    { cluster }: ReturnType<typeof fakeNamespace>,
    options: RestartInputs = {},
  ): Promise<{ lines: string[]; slept: number[] }> {
    const lines: string[] = [];
    const clock = fakeClock();
    const progress: Progress = {
      info: (text) => void lines.push(text),
      warn: (text) => void lines.push(text),
    };
    const all = { ...RESTART_DEFAULTS, ...options };
    await restartWorkloads({ cluster, namespace: "shop", options: all, clock, progress });
    return { lines, slept: clock.slept };
  }

  it("ten at a time unless told otherwise, with progress and rest between", async () => {
    const { lines, slept } = await restart(fakeNamespace(12), { pauseSeconds: 7 });
    assert.deepEqual(
      lines.map((line) => line.replace(/restarting .* \(/, "restarting … (")),
      [
        "namespace shop: restarting … (10 pods)",
        "namespace shop: 10 of 12 workloads are restarted",
        "namespace shop: restarting … (2 pods)",
        "namespace shop: 12 of 12 workloads are restarted",
      ],
    );
    assert.deepEqual(slept, [7000]);
  });

  it("stops at the first that does not come up; a rerun leaves the done ones alone", async () => {
    const namespace = fakeNamespace(4, ["app-2"]);
    await assert.rejects(
      restart(namespace, { batchSize: 1, timeoutSeconds: 3 }),
      /^Error: namespace shop: still not ready after 3 s: Deployment app-2: 0 of 1 pods are new and ready/,
    );
    assert.deepEqual([...namespace.restarted], ["app-0", "app-1", "app-2"]);
  });

  it("nothing to do, nothing said", async () => {
    const namespace = fakeNamespace(2);
    await restart(namespace);
    assert.deepEqual((await restart(namespace)).lines, []);
  });
});
