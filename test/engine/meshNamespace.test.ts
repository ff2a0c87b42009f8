import assert from "node:assert/strict";
import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import { VERBS } from "../../mesh/checks/precheck/permissions";
import { rightsOfSteps } from "../../mesh/checks/precheck/stepRights";
import type { JsonObject } from "../../mesh/common/json";
import { annotationsOf, labelsOf } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { MeshNamespaceInputs } from "../../mesh/model/meshNamespaceInputs";
import { planMesh } from "../../mesh/plan/meshPlan";
import { tagObjects } from "../../mesh/tag/tag";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { until } from "../node/wait";
import type { FakeInjector } from "../support/fakeInjector";
import { type InjectingCluster, injectingCluster } from "../support/injectingCluster";
import { limitedUser, rulesFor } from "../support/limitedUser";
import { type LiveCluster, namespace } from "../support/liveCluster";
import { installControlPlane, withAnswers } from "../support/liveControlPlane";
import { pattern } from "../support/pattern";
import { programStack } from "../support/programStack";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { type Tools, toolsFor } from "../support/tools";

const SETTLED_MS = 60_000;

interface App {
  readonly kind?: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

function app(name: string, { kind = "Deployment", nodeSelector = {} }: App = {}): K8sObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "shop" },
    spec: {
      ...(kind !== "DaemonSet" && { replicas: 2 }),
      ...(kind === "StatefulSet" && { serviceName: name }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { nodeSelector, containers: [{ name: "app", image: "app" }] },
      },
    },
  };
}

describe("namespaces move by label, and their workloads restart in batches", () => {
  const stage = stages();
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let injector: FakeInjector;
  let stack: TestStack;
  let cluster: InjectingCluster;
  let kubeconfig: string;

  /** Who has the rights that `mesh precheck` asks for with a namespace like these, and no others. */
  function userWithRights(): Promise<string> {
    const shop = { name: "shop", revision: "asm-managed", restart: { others: "evict" } } as const;
    const inputs = { version: NEWEST, profile: "empty", namespaces: [shop] };
    const plan = planMesh(inputs, overlayLibrary());
    const labelled = VERBS.map((verb) => ({ verb, group: "", resource: "namespaces" }));
    const rights = [...labelled, ...rightsOfSteps({ plan, objects: [] })];
    return limitedUser(api.kubeconfig, "restarter", rulesFor(rights));
  }

  function declare(...namespaces: readonly Partial<MeshNamespaceInputs>[]): void {
    const all = namespaces.map((own) => ({ namespace: "shop", revision: NEW, ...own }));
    stack.configure({ "mesh:program": { kubeconfig, namespaces: all } });
  }

  async function pointTag(revision: string): Promise<void> {
    const mesh = await installControlPlane(live, render(), revision, { injector });
    const objects = await tagObjects({ tag: "prod", revision, mesh }, render());
    for (const object of objects) {
      await live.apply(withAnswers(object, { injector }));
    }
  }

  const render = () => renderTools({ kind: "folder", path: tools.charts });

  async function pods(): Promise<JsonObject[]> {
    const { items } = await live.get("/api/v1/namespaces/shop/pods");
    return (items as JsonObject[]).filter(
      (pod) => getPath(pod, "metadata.deletionTimestamp") === undefined,
    );
  }

  /** Revisions of the proxies, by app. */
  async function revisions(): Promise<Record<string, string[]>> {
    const found: Record<string, Set<string>> = {};
    for (const pod of await pods()) {
      const { app: name = "" } = labelsOf(pod);
      found[name] ??= new Set();
      found[name].add(annotationsOf(pod)["istio.io/rev"] ?? "none");
    }
    return Object.fromEntries(Object.entries(found).map(([name, set]) => [name, [...set]]));
  }

  async function settled(count: number): Promise<void> {
    let phases: unknown[] = [];
    await until(
      async () => {
        phases = (await pods()).map((pod) => getPath(pod, "status.phase"));
        return phases.filter((phase) => phase === "Running").length === count;
      },
      SETTLED_MS,
      () => `${count} pods are to run: ${phases.join(", ")}`,
    );
  }

  async function shopLabels(): Promise<Readonly<Record<string, string>>> {
    return labelsOf(await live.get("/api/v1/namespaces/shop"));
  }

  before(async function () {
    tools = await toolsFor(this);
    cluster = await injectingCluster(tools);
    ({ api, live, injector } = cluster);
    kubeconfig = await userWithRights();
    await installControlPlane(live, render(), "", { injector });
    await installControlPlane(live, render(), NEW, { injector });
    await live.apply(namespace("shop", { "istio-injection": "enabled", team: "cart" }));
    await live.apply(app("a"));
    await live.apply(app("b", { kind: "StatefulSet" }));
    await live.apply(app("c", { kind: "DaemonSet" }));
    stack = await programStack(tools, "meshNamespace");
    await settled(5);
  });

  after(async () => {
    await cluster?.stop();
  });

  stage("a revision that is not there is refused, and nothing changes", async () => {
    const before = await shopLabels();
    assert.deepEqual(await revisions(), { a: ["default"], b: ["default"], c: ["default"] });
    declare({ revision: "1-30-0" });
    const { output } = await stack.failure();
    assert.match(
      output,
      pattern`no webhook of a revision or tag 1-30-0 .*there are: ${NEW}, default`,
    );
    assert.deepEqual(await shopLabels(), before);
  });

  stage(
    "the label moves, istio-injection goes, other labels stay; workloads restart in batches",
    async () => {
      declare({ restart: { batchSize: 2 } });
      const preview = await stack.preview();
      assert.match(preview.output, /NamespacePatch/);
      const { output } = await stack.up();
      assert.deepEqual(await shopLabels(), {
        "kubernetes.io/metadata.name": "shop",
        "istio.io/rev": NEW,
        team: "cart",
      });
      assert.match(output, /namespace shop: removed the label istio-injection=enabled/);
      const lines = output.match(
        /namespace shop: (restarting .*|\d of \d workloads are restarted)/g,
      );
      assert.deepEqual(
        [...new Set(lines)],
        [
          "namespace shop: restarting DaemonSet c, Deployment a (3 pods)",
          "namespace shop: 2 of 3 workloads are restarted",
          "namespace shop: restarting StatefulSet b (2 pods)",
          "namespace shop: 3 of 3 workloads are restarted",
        ],
      );
      assert.deepEqual(await revisions(), { a: [NEW], b: [NEW], c: [NEW] });
      assert.deepEqual((await stack.up()).changes, [], "and once is enough");
    },
  );

  stage(
    "a workload that does not come up stops it with the reason; a rerun goes on with the rest",
    async () => {
      await pointTag(OLD);
      await live.apply(app("a", { nodeSelector: { disk: "none" } }));
      declare({ revision: "prod", restart: { batchSize: 1, timeoutSeconds: 5 } });
      const { output } = await stack.failure();
      assert.match(
        output,
        /namespace shop: still not ready after 5 s: Deployment a: \d of \d pods are new and ready: pod a-\S+: Unschedulable: /,
      );
      const { b, c } = await revisions();
      assert.deepEqual([b, c], [[NEW], [OLD]], "the batch before is done, the one after untouched");

      await live.apply(app("a"));
      const rerun = await stack.up();
      assert.doesNotMatch(rerun.output, /restarting DaemonSet c/);
      assert.deepEqual(await revisions(), { a: [OLD], b: [OLD], c: [OLD] });
    },
  );

  stage("a move of the tag restarts them too, when the tag's revision is an input", async () => {
    declare({ revision: "prod", tagRevision: OLD, restart: {} });
    await stack.up();
    await pointTag(NEW);
    declare({ revision: "prod", tagRevision: NEW, restart: {} });
    const { changes } = await stack.up();
    assert.deepEqual(changes.map(({ op, name }) => `${op} ${name}`).sort(), [
      "update shop",
      "update shop:enrolment",
    ]);
    assert.deepEqual(await revisions(), { a: [NEW], b: [NEW], c: [NEW] });
  });

  stage("another token restarts them when nothing moved; the same one does not", async () => {
    declare({ revision: "prod", tagRevision: NEW, restart: { token: "monday" } });
    const { output } = await stack.up();
    assert.match(output, /3 of 3 workloads are restarted/);
    declare({ revision: "prod", tagRevision: NEW, restart: { token: "monday", batchSize: 2 } });
    assert.doesNotMatch((await stack.up()).output, /restarting/);
  });

  stage("pods of no workload are named; their controllers replace them on request", async () => {
    const labels = { app: "own" };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "app", image: "app" }] },
    };
    const at = (name: string) => ({ name, namespace: "shop" });
    await live.apply({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: at("own"),
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    });
    await live.apply({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: at("own"),
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    });
    const debug = { ...template, metadata: { ...at("debug"), labels: { app: "debug" } } };
    await live.apply({ apiVersion: "v1", kind: "Pod", ...debug });
    await settled(8);

    await pointTag(OLD);
    declare({ revision: "prod", tagRevision: OLD, restart: {} });
    const named = await stack.up();
    assert.match(named.output, /warning: namespace shop: Pod debug: 1 pod keeps its old proxy/);
    assert.match(
      named.output,
      /warning: namespace shop: ReplicaSet own: 2 pods keep their old proxy, .*kubectl -n shop delete pod own-\S+ own-/,
    );
    const { a, own } = await revisions();
    assert.deepEqual({ a, own }, { a: [OLD], own: [NEW] });

    declare({ revision: "prod", tagRevision: OLD, restart: { others: "evict", token: "others" } });
    const evicted = await stack.up();
    assert.match(evicted.output, /namespace shop: evicting the pods of ReplicaSet own \(2 pods\)/);
    assert.match(evicted.output, /Pod debug: 1 pod keeps its old proxy/);
    const after = await revisions();
    assert.deepEqual(
      { a: after.a, own: after.own, debug: after.debug },
      { a: [OLD], own: [OLD], debug: [NEW] },
    );
  });

  stage(
    "a new namespace is created with its label; one that was there gets its label taken back",
    async () => {
      declare({ namespace: "pay", create: true });
      const { output } = await stack.up();
      assert.match(output, /- .*NamespacePatch/);
      assert.equal((await shopLabels())["istio.io/rev"], undefined);
      assert.equal((await shopLabels()).team, "cart");
      const pay = await live.get("/api/v1/namespaces/pay");
      assert.equal(labelsOf(pay)["istio.io/rev"], NEW);
    },
  );
});
