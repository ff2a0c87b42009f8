import assert from "node:assert/strict";
import { calledServices } from "../../../adapters/checks/precheck/calledServices";
import { readCrds } from "../../../adapters/checks/precheck/crds";
import { Reader } from "../../../adapters/checks/precheck/reader";
import { readUnserved } from "../../../adapters/checks/precheck/servedApis";
import { readExisting } from "../../../adapters/checks/precheck/state";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import { Discovery } from "../../../adapters/cluster/discovery";
import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { nameOf } from "../../../mesh/k8s/workload";

const REFUSED = { status: 403, body: { message: "no" } };
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const ok = (body: JsonObject): ApiAnswer => ({ status: 200, body });

/** A cluster that answers by path, and the paths that were asked for. */
function clusterOf(answers: Readonly<Record<string, ApiAnswer>>) {
  const calls: string[] = [];
  const call: Cluster["call"] = (_, url) => {
    const path = url.split("?")[0] ?? "";
    calls.push(path);
    return Promise.resolve(answers[path] ?? { status: 404, body: {} });
  };
  return { cluster: { call }, calls };
}

function resource(kind: string, plural: string, scope = "Namespaced"): JsonObject {
  return { resource: plural, responseKind: { kind }, scope, verbs: ["get", "list"] };
}

function group(name: string, versions: readonly JsonObject[]): JsonObject {
  return { metadata: { name }, versions: [...versions] };
}

const APPS = group("apps", [
  { version: "v1", freshness: "Current", resources: [resource("Deployment", "deployments")] },
]);

const ISTIO = group("networking.istio.io", [
  { version: "v1", freshness: "Current", resources: [resource("Gateway", "gateways")] },
]);

/** As Kubernetes 1.26 and newer answer. */
const whole = (...items: JsonObject[]) => ok({ kind: "APIGroupDiscoveryList", items });

/** As older API servers answer, about each version by itself. */
const OLD_SERVER = {
  "/apis": ok({
    kind: "APIGroupList",
    groups: [
      {
        name: "autoscaling",
        preferredVersion: { groupVersion: "autoscaling/v2", version: "v2" },
        versions: [{ groupVersion: "autoscaling/v1" }, { groupVersion: "autoscaling/v2" }],
      },
    ],
  }),
  "/apis/autoscaling/v2": ok({
    resources: [
      { name: "horizontalpodautoscalers", kind: "HorizontalPodAutoscaler", namespaced: true },
      { name: "horizontalpodautoscalers/status", kind: "HorizontalPodAutoscaler" },
    ],
  }),
};

function object(apiVersion: string, kind: string, name: string, namespace?: string): K8sObject {
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } };
}

const deployment = (name: string) => object("apps/v1", "Deployment", name, "istio-system");

describe("what an API server serves", () => {
  it("is one answer for all APIs but the core", async () => {
    const { cluster, calls } = clusterOf({
      "/apis": whole(APPS, ISTIO),
      "/api/v1": ok({ resources: [{ name: "nodes", kind: "Node", namespaced: false }] }),
    });
    const { path } = new Discovery(cluster);
    assert.deepEqual(
      await Promise.all(
        [
          deployment("istiod"),
          object("networking.istio.io/v1", "Gateway", "web"),
          object("v1", "Node", "a"),
        ].map(path),
      ),
      [
        "/apis/apps/v1/namespaces/istio-system/deployments/istiod",
        "/apis/networking.istio.io/v1/namespaces/default/gateways/web",
        "/api/v1/nodes/a",
      ],
    );
    assert.deepEqual(calls.sort(), ["/api/v1", "/apis"]);
  });

  it("is asked version by version where the API server knows no other way", async () => {
    const { cluster, calls } = clusterOf(OLD_SERVER);
    const discovery = new Discovery(cluster);
    assert.deepEqual(await discovery.versions(), ["autoscaling/v2", "autoscaling/v1"]);
    const found = await discovery.find("autoscaling/v2", "HorizontalPodAutoscaler");
    assert.deepEqual([found?.plural, found?.namespaced], ["horizontalpodautoscalers", true]);
    await discovery.find("autoscaling/v2", "HorizontalPodAutoscaler");
    assert.deepEqual(calls, ["/apis", "/apis/autoscaling/v2"]);
  });

  it("who may not ask for all still learns of one", async () => {
    const { cluster } = clusterOf({ ...OLD_SERVER, "/apis": REFUSED });
    const discovery = new Discovery(cluster);
    assert.ok(await discovery.find("autoscaling/v2", "HorizontalPodAutoscaler"));
    await assert.rejects(discovery.versions(), /no/);
    assert.deepEqual(await discovery.servedCrds(["a.b.c"]), ["a.b.c"]);
  });

  it("a version that the answer does not describe is asked for by itself", async () => {
    const stale = { version: "v1beta1", freshness: "Stale", resources: [] };
    const rows = [{ name: "pods", kind: "PodMetrics", namespaced: true }];
    const { cluster } = clusterOf({
      "/apis": whole(group("metrics.k8s.io", [stale])),
      "/apis/metrics.k8s.io/v1beta1": ok({ resources: rows }),
    });
    const discovery = new Discovery(cluster);
    assert.equal((await discovery.kinds("metrics.k8s.io/v1beta1")).length, 1);
    assert.deepEqual(await discovery.servedCrds(["pods.metrics.k8s.io", "x.metrics.k8s.io"]), [
      "pods.metrics.k8s.io",
      "x.metrics.k8s.io",
    ]);
  });

  it("a kind that a CRD brings later is found then, also in a version that is served already", async () => {
    const answers: Record<string, ApiAnswer> = { "/apis": whole(APPS, ISTIO) };
    const { cluster } = clusterOf(answers);
    const discovery = new Discovery(cluster);
    const kinds = [
      ["networking.istio.io/v1", "Sidecar"],
      ["telemetry.istio.io/v1", "Telemetry"],
    ] as const;
    const find = () => Promise.all(kinds.map((kind) => discovery.find(kind[0], kind[1])));
    assert.deepEqual(await find(), [undefined, undefined]);
    answers["/apis/networking.istio.io/v1"] = ok({
      resources: [
        { name: "gateways", kind: "Gateway" },
        { name: "sidecars", kind: "Sidecar" },
      ],
    });
    answers["/apis/telemetry.istio.io/v1"] = ok({
      resources: [{ name: "telemetries", kind: "Telemetry" }],
    });
    assert.deepEqual(
      (await find()).map((served) => served?.plural),
      ["sidecars", "telemetries"],
    );
  });

  it("a kind that is served in another version only is named with it", async () => {
    const v2 = {
      version: "v2",
      resources: [resource("HorizontalPodAutoscaler", "horizontalpodautoscalers")],
    };
    const { cluster } = clusterOf({ "/apis": whole(group("autoscaling", [v2])) });
    const old = object("autoscaling/v2beta1", "HorizontalPodAutoscaler", "istiod", "istio-system");
    assert.deepEqual(await readUnserved(new Discovery(cluster), [old], []), [
      { apiVersion: old.apiVersion, kind: old.kind, served: ["autoscaling/v2"] },
    ]);
  });
});

describe("reading what an update is about", () => {
  const crd = (name: string) => object("apiextensions.k8s.io/v1", "CustomResourceDefinition", name);
  const gateways = crd("gateways.networking.istio.io");
  const sidecars = crd("sidecars.networking.istio.io");
  const named = (objects: readonly JsonObject[]) => objects.map(nameOf);

  it("asks each question once", async () => {
    const { cluster, calls } = clusterOf({ "/api/v1/namespaces": ok({ items: [] }) });
    const reader = new Reader(cluster);
    await Promise.all([reader.list("namespaces"), reader.list("namespaces")]);
    await reader.named("/api/v1/namespaces", "Namespace", ["a", "b", "c"]);
    assert.deepEqual(calls, ["/api/v1/namespaces"]);
  });

  it("asks again what it got no answer to", async () => {
    const { cluster, calls } = clusterOf({ "/api/v1/namespaces": ok({ items: [] }) });
    const call: Cluster["call"] = (...args) =>
      calls.length === 0
        ? Promise.reject(new Error(`reset ${calls.push("reset")}`))
        : cluster.call(...args);
    const reader = new Reader({ call });
    await assert.rejects(reader.list("namespaces"), /reset/);
    assert.deepEqual(await reader.list("namespaces"), []);
    assert.deepEqual(calls, ["reset", "/api/v1/namespaces"]);
  });

  it("lists several objects of a place, and reads few by name", async () => {
    const items = ["a", "b", "c", "x"].map((name) => ({ metadata: { name } }));
    const path = "/apis/apps/v1/namespaces/istio-system/deployments";
    const answers = {
      "/apis": whole(APPS),
      [path]: ok({ items }),
      [`${path}/a`]: ok(items[0] ?? {}),
    };
    const several = clusterOf(answers);
    const planned = ["c", "a", "b", "new"].map(deployment);
    const existing = await readExisting(new Reader(several.cluster), planned);
    assert.deepEqual(
      existing.map(({ planned: { metadata }, live }) => [metadata.name, live.kind, nameOf(live)]),
      ["c", "a", "b"].map((name) => [name, "Deployment", name]),
    );
    assert.deepEqual(several.calls, ["/apis", path]);
    const few = clusterOf(answers);
    const reader = new Reader(few.cluster);
    assert.equal((await readExisting(reader, ["a", "new"].map(deployment))).length, 1);
    assert.deepEqual(few.calls, ["/apis", `${path}/a`, `${path}/new`]);
  });

  it("who may not list objects still reads each", async () => {
    const list = "/api/v1/namespaces";
    const answers = { [list]: REFUSED, [`${list}/b`]: ok({ metadata: { name: "b" } }) };
    const reader = new Reader(clusterOf(answers).cluster);
    assert.deepEqual(named(await reader.named(list, "Namespace", ["a", "b", "c"])), ["b"]);
    assert.deepEqual(reader.findings, []);
  });

  it("who may not list in the whole cluster still lists in each namespace", async () => {
    const quota = { metadata: { name: "full", namespace: "b" } };
    const reader = new Reader(
      clusterOf({
        "/api/v1/resourcequotas": REFUSED,
        "/api/v1/namespaces/a/resourcequotas": ok({ items: [] }),
        "/api/v1/namespaces/b/resourcequotas": ok({ items: [quota] }),
        "/api/v1/namespaces/c/resourcequotas": REFUSED,
      }).cluster,
    );
    assert.deepEqual(named(await reader.listIn("quotas", ["a", "b", "c"])), ["full"]);
    assert.deepEqual([...reader.refusedKinds], ["ResourceQuota"]);
  });

  it("CRDs: none of a fresh cluster is asked for by name", async () => {
    const { cluster, calls } = clusterOf({ "/apis": whole(APPS), [CRDS]: ok({ items: [] }) });
    assert.deepEqual(await readCrds(new Reader(cluster), [gateways, sidecars]), []);
    assert.deepEqual(calls, [CRDS, "/apis"]);
  });

  it("CRDs: one without Istio's label is read too, and others of Istio's are ignored", async () => {
    const other = crd("istiooperators.install.istio.io");
    const { cluster, calls } = clusterOf({
      "/apis": whole(ISTIO),
      [CRDS]: ok({ items: [sidecars, other] }),
      [`${CRDS}/gateways.networking.istio.io`]: ok(gateways),
    });
    const found = await readCrds(new Reader(cluster), [gateways, sidecars], ["x.gateway.example"]);
    assert.deepEqual(named(found), named([sidecars, gateways]));
    assert.deepEqual(calls, [CRDS, "/apis", CRDS, `${CRDS}/gateways.networking.istio.io`]);
  });

  it("CRDs: a user who may not read them is told", async () => {
    const names = [gateways, sidecars].map((one) => `${CRDS}/${nameOf(one)}`);
    const refused = Object.fromEntries([CRDS, ...names].map((path) => [path, REFUSED]));
    const reader = new Reader(clusterOf({ "/apis": whole(APPS), ...refused }).cluster);
    assert.deepEqual(await readCrds(reader, [gateways, sidecars]), []);
    assert.deepEqual([...reader.refusedKinds], ["CustomResourceDefinition"]);
  });

  it("Services that webhooks call: those of a namespace with one list of endpoints", async () => {
    const services = "/api/v1/namespaces/istio-system/services";
    const service = (name: string) => ({
      metadata: { name, namespace: "istio-system" },
      spec: { selector: { app: "istiod" } },
    });
    const slice = {
      metadata: { namespace: "istio-system", labels: { "kubernetes.io/service-name": "new" } },
      endpoints: [{ addresses: ["10.0.0.1"] }],
    };
    const slices = "/apis/discovery.k8s.io/v1/namespaces/istio-system/endpointslices";
    const { cluster, calls } = clusterOf({
      [`${services}/old`]: ok(service("old")),
      [`${services}/new`]: ok(service("new")),
      [slices]: ok({ items: [slice] }),
    });
    const asked = ["istio-system/old", "gone/istiod", "istio-system/new"];
    assert.deepEqual(await calledServices(new Reader(cluster), asked), [
      { name: "istio-system/old", answers: false },
      { name: "istio-system/new", answers: true },
    ]);
    assert.equal(calls.filter((path) => path === slices).length, 1);
    assert.equal(calls.length, 4);
  });
});
