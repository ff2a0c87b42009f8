import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEW, OLD } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { gatewayMesh } from "../support/gatewayMesh";
import { kubectl } from "../support/kubectl";
import type { LiveCluster } from "../support/liveCluster";
import { pattern } from "../support/pattern";
import { mesh } from "../support/run";
import type { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";
import { watchEndpoints } from "../support/watchLeast";

const SERVICES = "/api/v1/namespaces/edge/services";
const LEGACY = "istio-ingressgateway";

interface Port extends JsonObject {
  readonly name: string;
  readonly port: number;
  readonly nodePort: number;
}

function web(more: object = {}, revisions: readonly object[] = [{ revision: OLD }]) {
  return [{ name: "web", namespace: "edge", replicas: 3, revisions, protect: false, ...more }];
}

function overlay(names: readonly string[], labels: JsonObject): JsonObject {
  const ingressGateways = names.map((name, index) => ({
    name,
    enabled: true,
    label: index === 0 ? {} : labels,
    k8s: { service: { type: "ClusterIP" } },
  }));
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    spec: { components: { ingressGateways } },
  };
}

/** Steps of gateways that would cost somebody endpoints, on a real API server with real updates. */
describe("steps of gateways that must not cost endpoints", () => {
  let api: ApiServer;
  let live: LiveCluster;
  let tools: Tools;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
  });

  beforeEach(async () => {
    ({ api, live, stack } = await gatewayMesh(tools));
  });

  afterEach(async () => {
    await api?.stop();
  });

  async function ports(): Promise<Port[]> {
    return getPath(await live.get(`${SERVICES}/web`), "spec.ports") as Port[];
  }

  const follow = (command: string) => kubectl(command, api.kubeconfig);

  it("other pod labels are refused in the preview, and the three updates that it prints lose no endpoint", async () => {
    stack.configure({ "mesh:gateways": web() });
    await stack.up();
    const endpoints = await watchEndpoints(api.kubeconfig, "edge", "web", 3);
    stack.configure({ "mesh:gateways": web({ labels: { app: "shop" } }) });
    for (const command of ["preview", "up"] as const) {
      const { output } = await stack.failure(command);
      assert.match(output, /gateway web: labels: the pods of Service edge\/web get other labels/);
      assert.match(output, /1\. Keep all labels and add one that will stay: labels\.gateway: web/);
      assert.match(output, /2\. Select by that one alone: service\.selector: \{ gateway: web \}/);
    }
    const service = { selector: { gateway: "web" } };
    for (const step of [
      { labels: { gateway: "web" } },
      { labels: { gateway: "web" }, service },
      { labels: { gateway: "web", app: "shop" }, service },
    ]) {
      stack.configure({ "mesh:gateways": web(step) });
      await stack.up();
    }
    const { spec } = await live.get(`${SERVICES}/web`);
    assert.deepEqual(getPath({ spec: spec as JsonObject }, "spec.selector"), { gateway: "web" });
    assert.equal(endpoints.value(), 3);
    endpoints.stop();
  }).timeout(600_000);

  it("other labels of an overlay's gateway are refused, and a second one beside it is the way", async () => {
    const labels = (app: string) => overlay([LEGACY, "shop"], { app, istio: app });
    stack.configure({ "mesh:overlays": [labels("shop")] });
    await stack.up();
    const endpoints = await watchEndpoints(api.kubeconfig, "istio-system", "shop", 1);
    stack.configure({ "mesh:overlays": [labels("store")] });
    for (const command of ["preview", "up"] as const) {
      const { output } = await stack.failure(command);
      assert.match(
        output,
        /Deployment istio-system\/shop: spec\.selector: app=shop,istio=shop becomes app=store,istio=store: Kubernetes never changes/,
      );
      assert.match(output, /fix: .*add a second gateway that has them, under another name/);
      assert.doesNotMatch(output, /Preview creation failed due to immutable fields/);
    }
    const beside = labels("shop") as { spec: { components: { ingressGateways: object[] } } };
    const label = { app: "store", istio: "store" };
    const k8s = { service: { type: "ClusterIP" } };
    beside.spec.components.ingressGateways.push({ name: "store", enabled: true, label, k8s });
    stack.configure({ "mesh:overlays": [beside as unknown as JsonObject] });
    await stack.up();
    const fresh = await watchEndpoints(api.kubeconfig, "istio-system", "store", 1);
    assert.equal(endpoints.value(), 1);
    endpoints.stop();
    stack.configure({
      "mesh:overlayGateways": [
        { name: LEGACY, protect: false },
        { name: "shop", protect: false },
      ],
    });
    await stack.up();
    beside.spec.components.ingressGateways.splice(1, 1);
    stack.configure({ "mesh:overlays": [beside as unknown as JsonObject] });
    await stack.up();
    assert.equal(fresh.value(), 1);
    fresh.stop();
  }).timeout(600_000);

  it("a default port is renamed: its number and node port stay; another node port is said to cost clients", async () => {
    stack.configure({ "mesh:gateways": web() });
    await stack.up();
    const before = await ports();
    const named = (name: string) => before.find((port) => port.name === name);
    stack.configure({ "mesh:gateways": web({ service: { ports: [{ name: "web", port: 80 }] } }) });
    const { output } = await stack.preview();
    assert.match(
      output,
      /gateway edge\/web: port 80 is renamed from http2 to web; its number and node port stay/,
    );
    await stack.up();
    const renamed = (await ports()).find(({ port }) => port === 80);
    assert.equal(renamed?.name, "web");
    assert.equal(renamed?.nodePort, named("http2")?.nodePort);
    assert.equal((await ports()).length, before.length);

    const other = { name: "web", port: 80, nodePort: 30_999 };
    stack.configure({ "mesh:gateways": web({ service: { ports: [other] } }) });
    const { output: said } = await stack.preview();
    assert.match(
      said,
      /port 80 \(web\) gets node port 30999 in place of the one that the cluster picked: clients of the old one no longer reach the gateway/,
    );
    await stack.up();
    assert.equal((await ports()).find(({ port }) => port === 80)?.nodePort, 30_999);
    assert.equal(
      (await ports()).find(({ port }) => port === 443)?.nodePort,
      named("https")?.nodePort,
    );

    stack.configure({ "mesh:gateways": web({ service: { ports: [{ name: "web", port: 80 }] } }) });
    assert.match((await stack.preview()).output, /port 80 \(web\) keeps node port 30999/);
    await stack.up();
    assert.equal((await ports()).find(({ port }) => port === 80)?.nodePort, 30_999);
  }).timeout(600_000);

  it("a Service of somebody else's that selects the revision is named before its pods leave, and by validate after", async () => {
    stack.configure({ "mesh:gateways": web() });
    await stack.up();
    const pinned: K8sObject = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "pinned", namespace: "edge" },
      spec: {
        selector: { app: "web", "istio.io/rev": OLD },
        ports: [{ name: "http2", port: 80 }],
      },
    };
    await live.apply(pinned);
    const both = [
      { revision: OLD, weight: 50 },
      { revision: NEW, weight: 50 },
    ];
    stack.configure({ "mesh:gateways": web({}, both) });
    await stack.up();

    const endpoints = await watchEndpoints(api.kubeconfig, "edge", "pinned", 1);
    stack.configure({ "mesh:gateways": web({}, [{ revision: NEW }]) });
    const { output } = await stack.failure("preview");
    assert.match(
      output,
      pattern`Service edge/pinned: spec\.selector: selects istio\.io/rev=${OLD}, which no pod has after this update`,
    );
    assert.match((await stack.failure("up")).output, /Service edge\/pinned/);
    assert.ok(endpoints.value() > 0);
    const command = /fix: (kubectl .*?'\{.*?\}'); or delete/.exec(
      output.replaceAll("\n", " "),
    )?.[1];
    assert.ok(command, output);
    await follow(command);
    await stack.up();
    assert.ok(endpoints.value() > 0);
    endpoints.stop();

    await live.apply(pinned);
    const validated = await mesh(["validate", "--kubeconfig", api.kubeconfig]);
    const finding = pattern`\[service-revision\] Service edge/pinned \.\.\. FAILED\s+selects istio\.io/rev=${OLD}, which no pod has[^\n]*\n\s+fix: (kubectl [^\n]*)`;
    const fix = finding.exec(validated.output)?.[1];
    assert.ok(fix, validated.output);
    await follow(fix);
    const again = await mesh(["validate", "--kubeconfig", api.kubeconfig]);
    assert.doesNotMatch(again.output, /Service edge\/pinned \.\.\. FAILED/);
  }).timeout(600_000);
});
