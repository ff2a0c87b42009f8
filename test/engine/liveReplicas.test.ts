import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEW, OLD } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { gatewayMesh } from "../support/gatewayMesh";
import { type LiveCluster, untilAt } from "../support/liveCluster";
import { pattern } from "../support/pattern";
import type { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";
import { watchEndpoints, watchLeast } from "../support/watchLeast";

const SYSTEM = "/apis/apps/v1/namespaces/istio-system/deployments";
const EDGE = "/apis/apps/v1/namespaces/edge/deployments";
const LEGACY = "istio-ingressgateway";

const readyPods = (object: JsonObject) => Number(getPath(object, "status.readyReplicas") ?? 0);
const replicas = (object: JsonObject) => Number(getPath(object, "spec.replicas"));

/** An overlay with a gateway and an istiod, each with a number of pods or an autoscaler. */
function overlay(scaled: boolean, annotation = "one"): JsonObject {
  const service = { type: "ClusterIP" };
  // The chart's own lets a quarter of the pods go before new ones are ready.
  const strategy = { rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 } };
  const podAnnotations = { note: annotation };
  const component = { replicaCount: 4, podAnnotations, service, strategy };
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    spec: {
      components: {
        pilot: { k8s: { replicaCount: 3 } },
        ingressGateways: [{ name: LEGACY, enabled: true, k8s: component }],
      },
      values: {
        pilot: { autoscaleEnabled: scaled },
        gateways: { [LEGACY]: { autoscaleEnabled: scaled } },
      },
    },
  };
}

function web(more: object, revisions: readonly object[] = [{ revision: OLD }]) {
  return [{ name: "web", namespace: "edge", revisions, protect: false, ...more }];
}

/** Real updates on a real API server; the autoscalers are the real controller's, kwok plays the pods. */
describe("numbers of pods that an autoscaler sets", () => {
  let api: ApiServer;
  let live: LiveCluster;
  let tools: Tools;

  before(async function () {
    tools = await toolsFor(this);
  });

  afterEach(async () => {
    await api?.stop();
  });

  async function open(config: Readonly<Record<string, unknown>> = {}): Promise<TestStack> {
    const scene = await gatewayMesh(tools, config);
    ({ api, live } = scene);
    return scene.stack;
  }

  /** As the autoscaler would: through the scale of the Deployment. */
  async function scale(path: string, pods: number): Promise<void> {
    await live.cluster.call("PATCH", `${path}/scale`, { spec: { replicas: pods } }, "merge");
    await untilAt(live, path, (object) => readyPods(object) === pods);
  }

  async function assertUnchanged(stack: TestStack): Promise<void> {
    assert.deepEqual((await stack.preview()).changes, []);
  }

  it("an overlay's gateway and istiod keep their pods when autoscaling is switched on, edited and off", async () => {
    const stack = await open({
      "mesh:overlays": [overlay(false)],
    });
    const gateway = `${SYSTEM}/${LEGACY}`;
    await scale(gateway, 6);
    const istiod = await watchLeast(
      api.kubeconfig,
      SYSTEM,
      { fieldSelector: `metadata.name=istiod-${OLD}` },
      readyPods,
      3,
    );
    const on = await watchEndpoints(api.kubeconfig, "istio-system", LEGACY, 6);
    stack.configure({ "mesh:overlays": [overlay(true)] });
    const { output } = await stack.preview();
    assert.match(output, /Deployment istio-system\/istio-ingressgateway: its 6 pods stay/);
    assert.match(output, pattern`Deployment istio-system/istiod-${OLD}: its 3 pods stay`);
    await stack.up();
    assert.equal(replicas(await live.get(gateway)), 6);
    assert.equal(replicas(await live.get(`${SYSTEM}/istiod-${OLD}`)), 3);
    assert.equal(on.value(), 6);
    assert.equal(istiod.value(), 3);
    istiod.stop();
    on.stop();
    await assertUnchanged(stack);

    await scale(gateway, 5);
    const edited = await watchEndpoints(api.kubeconfig, "istio-system", LEGACY, 5);
    stack.configure({ "mesh:overlays": [overlay(true, "two")] });
    await stack.up();
    assert.equal(replicas(await live.get(gateway)), 5);
    assert.equal(edited.value(), 5);
    edited.stop();

    const off = await watchEndpoints(api.kubeconfig, "istio-system", LEGACY, 5);
    stack.configure({ "mesh:overlays": [overlay(false, "two")] });
    const preview = await stack.preview();
    assert.match(
      preview.output,
      /Deployment istio-system\/istio-ingressgateway: its 5 pods become 4, as no autoscaler/,
    );
    await stack.up();
    await untilAt(live, gateway, (object) => replicas(object) === 4 && readyPods(object) === 4);
    assert.equal(off.value(), 4);
    off.stop();
    const scalers = "/apis/autoscaling/v2/namespaces/istio-system/horizontalpodautoscalers";
    assert.equal((await live.cluster.call("GET", `${scalers}/${LEGACY}`)).status, 404);
    await assertUnchanged(stack);
  }).timeout(600_000);

  it("an autoscaler of somebody else's keeps what it has set, and gives it back when it goes", async () => {
    const stack = await open();
    const path = `${EDGE}/web-${OLD}`;
    stack.configure({ "mesh:gateways": web({ replicas: 2 }) });
    await stack.up();
    const mine: K8sObject = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "mine", namespace: "edge" },
      spec: {
        minReplicas: 5,
        maxReplicas: 9,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: `web-${OLD}` },
      },
    };
    await live.apply(mine);
    await untilAt(live, path, (object) => readyPods(object) === 5);

    const endpoints = await watchEndpoints(api.kubeconfig, "edge", "web", 5);
    stack.configure({ "mesh:gateways": web({ replicas: 2, restart: "again" }) });
    const { output } = await stack.preview();
    assert.match(
      output,
      pattern`Deployment edge/web-${OLD}: its 5 pods stay; from now on HorizontalPodAutoscaler edge/mine \(5 to 9\)`,
    );
    await stack.up();
    assert.equal(replicas(await live.get(path)), 5);
    assert.equal(endpoints.value(), 5);
    endpoints.stop();
    await assertUnchanged(stack);

    await live.cluster.call(
      "DELETE",
      "/apis/autoscaling/v2/namespaces/edge/horizontalpodautoscalers/mine",
    );
    await stack.up();
    await untilAt(live, path, (object) => replicas(object) === 2);
  }).timeout(600_000);

  it("a revision that takes over has as many pods as the one that leaves, whatever its autoscaler begins with", async () => {
    const stack = await open();
    const autoscaling = { minReplicas: 2, maxReplicas: 12 };
    stack.configure({ "mesh:gateways": web({ autoscaling }) });
    await stack.up();
    await scale(`${EDGE}/web-${OLD}`, 7);
    const both = (old: number, fresh: number) => [
      { revision: OLD, weight: old },
      { revision: NEW, weight: fresh },
    ];
    const endpoints = await watchEndpoints(api.kubeconfig, "edge", "web", 7);
    for (const revisions of [both(50, 50), both(0, 100), [{ revision: NEW }]]) {
      stack.configure({ "mesh:gateways": web({ autoscaling }, revisions) });
      await stack.up();
      await assertUnchanged(stack);
    }
    assert.ok(endpoints.value() >= 7, `${endpoints.value()} endpoints were ready`);

    stack.configure({ "mesh:gateways": web({ autoscaling }, [{ revision: OLD }]) });
    await stack.up();
    assert.ok(endpoints.value() >= 7, `${endpoints.value()} endpoints were ready`);
    endpoints.stop();
  }).timeout(600_000);
});
