import assert from "node:assert/strict";
import { renderTools } from "../../components/renderTools";
import type { RenderTools } from "../../mesh/render/render";
import { setupProject } from "../../toolchain/officialCharts";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { installControlPlane, WEBHOOKS, writeCaBundle } from "../support/liveControlPlane";
import { programStack } from "../support/programStack";
import type { TestStack } from "../support/stack";
import { useTestCache } from "../support/temporary";
import { ISTIO, type Tools, toolsFor } from "../support/tools";

const [OLD, NEW] = ["1-28-2", "1-29-1"];
const INGRESS = "/apis/apps/v1/namespaces/edge/deployments/ingress";

describe("guards that ask a real API server", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let render: RenderTools;
  let stack: TestStack;
  let undo: () => void;

  interface Gateway {
    readonly revision?: string;
    readonly replicas?: number;
    readonly note?: string;
    readonly timeoutSeconds?: number;
  }

  function declare(revisions: readonly string[], gateway?: Gateway, force = false): void {
    const defaults = { revision: OLD, replicas: 1, note: "first", timeoutSeconds: 60 };
    const own = gateway === undefined ? {} : { gateway: { ...defaults, ...gateway } };
    const program = { kubeconfig: api.kubeconfig, revisions, force, ...own };
    stack.configure({ "mesh:program": program });
  }

  before(async function () {
    tools = await toolsFor(this);
    await setupProject({ istio: [ISTIO], with: ["cluster"] });
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    render = renderTools({ kind: "folder", path: tools.charts });
    api = await startKwokCluster();
    live = liveCluster(api.kubeconfig);
    await Promise.all(["istio-system", "edge", "shop"].map((name) => live.apply(namespace(name))));
    await installControlPlane(live, render, OLD);
    stack = await programStack(tools, "guards");
  });

  after(async function () {
    this.timeout(30_000);
    await api?.stop();
    undo?.();
  });

  beforeEach(function () {
    this.timeout(120_000);
  });

  it("pain 4: a gateway waits for the certificate, and says so", async () => {
    declare([OLD], {});
    const update = stack.up();
    await stack.untilSaid("has no caBundle yet");
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${OLD}`);
    const { output } = await update;
    assert.match(output, /waiting: .*has no caBundle yet/);
    assert.equal((await live.cluster.call("GET", INGRESS)).status, 200);
  });

  it("C7: a namespace label at fault fails at once, and the running pods stay", async () => {
    await live.apply(namespace("edge", { "istio-injection": "disabled" }));
    declare([OLD], { note: "second" });
    const started = Date.now();
    const { output } = await stack.failure();
    assert.match(output, /the namespace has the label istio-injection=disabled/);
    assert.match(output, /fix: remove the label istio-injection from the namespace/);
    assert.ok(Date.now() - started < 30_000, "it does not wait for the timeout");
    const { spec } = await live.get(INGRESS);
    assert.match(JSON.stringify(spec), /"note":"first"/);
  });

  it("D10: pods can be taken away whatever the labels are", async () => {
    declare([OLD], { replicas: 0 });
    await stack.up();
    await live.apply(namespace("edge"));
    declare([OLD], { replicas: 1 });
    await stack.up();
  });

  it("pain 15: an istiod that no node takes is named with the reason", async () => {
    await installControlPlane(live, render, NEW, {
      set: ["values.pilot.nodeSelector.disk=none"],
    });
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${NEW}`);
    declare([OLD, NEW], { revision: NEW, timeoutSeconds: 4 });
    const { output } = await stack.failure();
    assert.match(
      output,
      /still not ready after 4 s: istiod of revision 1-29-1 \(Deployment istiod-1-29-1\)/,
    );
    assert.match(output, /pod istiod-1-29-1-\S+: Unschedulable: 0\/1 nodes are available/);
    const { spec } = await live.get(INGRESS);
    assert.match(JSON.stringify(spec), /"istio.io\/rev":"1-28-2"/, "the old revision goes on");
  });

  it("D10: once istiod is there, a rerun goes on", async () => {
    await installControlPlane(live, render, NEW);
    declare([OLD, NEW], { revision: NEW });
    await stack.up();
    const { spec } = await live.get(INGRESS);
    assert.match(JSON.stringify(spec), /"istio.io\/rev":"1-29-1"/);
  });

  it("pain 5: a revision in use is not removed, though the program no longer has it", async () => {
    await live.apply(namespace("shop", { "istio.io/rev": OLD }));
    declare([NEW], { revision: NEW });
    const preview = await stack.preview();
    assert.match(preview.output, /- .*control-plane:istio-system\/istio-1-28-2/);
    const { output } = await stack.failure();
    assert.match(
      output,
      /the control plane 1-28-2 is still used by namespace shop; fix: move these/,
    );
    await live.get("/api/v1/namespaces/istio-system/configmaps/istio-1-28-2");
    await live.get(`${WEBHOOKS}/istio-sidecar-injector-${OLD}`);
  });

  it("force says who loses it", async () => {
    declare([NEW], { revision: NEW }, true);
    const { output } = await stack.up();
    assert.match(output, /warning: the control plane 1-28-2 is still used by namespace shop/);
    const path = "/api/v1/namespaces/istio-system/configmaps/istio-1-28-2";
    assert.equal((await live.cluster.call("GET", path)).status, 404);
  });

  it("a gateway that goes with its revision does not hold it back", async () => {
    declare([]);
    const { changes } = await stack.up();
    const deleted = changes
      .filter(({ op, type }) => op === "delete" && !type.startsWith("pulumi:providers:"))
      .map(({ name }) => name);
    assert.deepEqual(deleted, [
      "gateway:edge/ingress",
      `guard-${NEW}`,
      `control-plane:istio-system/istio-${NEW}`,
    ]);
  });
});
