import assert from "node:assert/strict";
import { renderTools } from "../../adapters/renderTools";
import type { RenderTools } from "../../mesh/render/render";
import { NEW, OLD } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { installControlPlane, WEBHOOKS, writeCaBundle } from "../support/liveControlPlane";
import { pattern } from "../support/pattern";
import { programStack } from "../support/programStack";
import type { TestStack } from "../support/stack";
import { useTestCache } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

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
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    render = renderTools({ kind: "folder", path: tools.charts });
    api = await startKwokCluster();
    live = liveCluster(api.kubeconfig);
    await Promise.all(["istio-system", "edge", "shop"].map((name) => live.apply(namespace(name))));
    for (const revision of [OLD, NEW]) {
      await installControlPlane(live, render, revision);
      await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${revision}`);
    }
    stack = await programStack(tools, "guards");
  });

  after(async () => {
    await api?.stop();
    undo?.();
  });

  /** Brings the cluster and the stack to what a test starts from, whatever the test before did. */
  async function startFrom(revisions: readonly string[], gateway?: Gateway): Promise<void> {
    await Promise.all(["edge", "shop"].map((name) => live.apply(namespace(name))));
    declare(revisions, gateway, true);
    await stack.up();
  }

  async function ingress(): Promise<string> {
    return JSON.stringify((await live.get(INGRESS)).spec);
  }

  it("a gateway waits for the certificate of its istiod, and says so", async () => {
    const fresh = "fresh";
    await startFrom([OLD]);
    await installControlPlane(live, render, fresh);
    declare([OLD, fresh], { revision: fresh });
    const update = stack.up();
    await stack.untilSaid("has no caBundle yet");
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${fresh}`);
    const { output } = await update;
    assert.match(output, /waiting: .*has no caBundle yet/);
    assert.match(await ingress(), /"istio.io\/rev":"fresh"/);
  });

  it("a namespace label at fault fails without a wait, and the running pods stay", async () => {
    await startFrom([OLD], { note: "first" });
    await live.apply(namespace("edge", { "istio-injection": "disabled" }));
    // If the update waited, it would do so for longer than the test may take.
    declare([OLD], { note: "second", timeoutSeconds: 900 });
    const { output } = await stack.failure();
    assert.match(output, /the namespace has the label istio-injection=disabled/);
    assert.match(output, /fix: remove the label istio-injection from the namespace/);
    assert.match(await ingress(), /"note":"first"/);
  });

  it("pods can be taken away whatever the labels are", async () => {
    await startFrom([OLD], { replicas: 1 });
    await live.apply(namespace("edge", { "istio-injection": "disabled" }));
    declare([OLD], { replicas: 0 });
    await stack.up();
    assert.match(await ingress(), /"replicas":0/);
  });

  it("an istiod that no node takes is named with the reason; once it is there, a rerun goes on", async () => {
    const stuck = "stuck";
    await startFrom([OLD], {});
    await installControlPlane(live, render, stuck, {
      set: ["values.pilot.nodeSelector.disk=none"],
    });
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${stuck}`);
    declare([OLD, stuck], { revision: stuck, timeoutSeconds: 4 });
    const { output } = await stack.failure();
    assert.match(
      output,
      /still not ready after 4 s: istiod of revision stuck \(Deployment istiod-stuck\)/,
    );
    assert.match(output, /pod istiod-stuck-\S+: Unschedulable: 0\/1 nodes are available/);
    assert.match(await ingress(), pattern`"istio.io/rev":"${OLD}"`, "the old revision goes on");

    await installControlPlane(live, render, stuck);
    declare([OLD, stuck], { revision: stuck });
    await stack.up();
    assert.match(await ingress(), /"istio.io\/rev":"stuck"/);
  });

  it("a revision in use is not removed, though the program no longer has it; force says who loses it", async () => {
    await startFrom([OLD, NEW], { revision: NEW });
    await live.apply(namespace("shop", { "istio.io/rev": OLD }));
    declare([NEW], { revision: NEW });
    const preview = await stack.preview();
    assert.match(preview.output, pattern`- .*control-plane:istio-system/istio-${OLD}`);
    const refused = await stack.failure();
    assert.match(
      refused.output,
      pattern`the control plane ${OLD} is still used by namespace shop; fix: move these`,
    );
    const configMap = `/api/v1/namespaces/istio-system/configmaps/istio-${OLD}`;
    await live.get(configMap);
    await live.get(`${WEBHOOKS}/istio-sidecar-injector-${OLD}`);

    declare([NEW], { revision: NEW }, true);
    const forced = await stack.up();
    assert.match(
      forced.output,
      pattern`warning: the control plane ${OLD} is still used by namespace shop`,
    );
    assert.equal((await live.cluster.call("GET", configMap)).status, 404);
  });

  it("a gateway that goes with its revision does not hold it back", async () => {
    await startFrom([NEW], { revision: NEW });
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
