import assert from "node:assert/strict";
import type { K8sObject } from "../../mesh/k8s/objects";
import { NEW, NEWEST } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

const GROUP = "monitoring.googleapis.com";
const PROXIES = `/apis/${GROUP}/v1/clusterpodmonitorings/istio-proxy`;
const ISTIOD = `/apis/${GROUP}/v1/namespaces/istio-system/podmonitorings/istiod`;

const SERVED_MS = 30_000;

/** A CRD with those fields of Google's that a mesh sets; the API server drops all others. */
function crdOf(kind: string, scope: "Namespaced" | "Cluster"): K8sObject {
  const plural = `${kind.toLowerCase()}s`;
  const text = { type: "string" };
  const texts = { type: "object", additionalProperties: text };
  const endpoint = {
    type: "object",
    required: ["port"],
    properties: { port: { "x-kubernetes-int-or-string": true }, path: text, interval: text },
  };
  const label = { type: "object", properties: { from: text, to: text } };
  const spec = {
    type: "object",
    required: ["selector", "endpoints"],
    properties: {
      selector: { type: "object", properties: { matchLabels: texts } },
      endpoints: { type: "array", items: endpoint },
      targetLabels: {
        type: "object",
        properties: { fromPod: { type: "array", items: label } },
      },
    },
  };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

/** Updates on a real API server. */
describe("Google's managed Prometheus in a cluster", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
    api = await startKwokCluster({ webhooks: false });
    live = liveCluster(api.kubeconfig);
    stack = await TestStack.create(tools, "scraped", {
      "mesh:version": NEWEST,
      "mesh:revision": NEW,
      "mesh:profile": "minimal",
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:googlePrometheus": {},
    });
  });
  after(() => api?.stop());

  const up = () => stack.pulumi(["up", "--yes", "--skip-preview", "--stack", stack.name]);
  const intervalOf = async (path: string) => {
    const { spec } = await live.get(path);
    return (spec as { endpoints: { interval: string }[] }).endpoints[0]?.interval;
  };

  it("without Google's CRDs the update ends before it changes anything, with the command", async () => {
    const { code, output } = await up();
    assert.notEqual(code, 0);
    assert.match(output, /monitoring\.googleapis\.com\/v1 PodMonitoring: the API server does not/);
    assert.match(output, /gcloud container clusters update NAME .* --enable-managed-prometheus/);
    assert.equal((await live.cluster.call("GET", "/api/v1/namespaces/istio-system")).status, 404);
  });

  it("with them it applies the objects, whole", async () => {
    await live.apply(crdOf("PodMonitoring", "Namespaced"));
    await live.apply(crdOf("ClusterPodMonitoring", "Cluster"));
    const lists = ["podmonitorings", "clusterpodmonitorings"].map(
      (plural) => `/apis/${GROUP}/v1/${plural}`,
    );
    await until(
      async () => {
        const answers = lists.map((list) => live.cluster.call("GET", list));
        return (await Promise.all(answers)).every(({ status }) => status === 200);
      },
      SERVED_MS,
      () => `the API server does not serve ${GROUP}`,
    );
    const { code, output } = await up();
    assert.equal(code, 0, output);
    assert.deepEqual((await live.get(PROXIES)).spec, {
      selector: {},
      endpoints: [{ port: "http-envoy-prom", path: "/stats/prometheus", interval: "30s" }],
    });
    assert.deepEqual((await live.get(ISTIOD)).spec, {
      selector: { matchLabels: { app: "istiod" } },
      endpoints: [{ port: 15014, path: "/metrics", interval: "30s" }],
      targetLabels: { fromPod: [{ from: "app", to: "app" }] },
    });
  });

  it("another interval is an update of both, and without the input both go", async () => {
    stack.configure({ "mesh:googlePrometheus": { intervalSeconds: 60 } });
    assert.equal((await up()).code, 0);
    assert.deepEqual([await intervalOf(PROXIES), await intervalOf(ISTIOD)], ["60s", "60s"]);
    stack.configure({ "mesh:googlePrometheus": undefined });
    const { code, output } = await up();
    assert.equal(code, 0, output);
    for (const path of [PROXIES, ISTIOD]) {
      assert.equal((await live.cluster.call("GET", path)).status, 404, path);
    }
  });
});
