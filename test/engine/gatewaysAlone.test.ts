import assert from "node:assert/strict";
import { renderTools } from "../../adapters/renderTools";
import { NEW, NEWEST } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { installControlPlane, WEBHOOKS, writeCaBundle } from "../support/liveControlPlane";
import { pattern } from "../support/pattern";
import { TestStack } from "../support/stack";
import { useTestCache } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const REVISION = NEW;
const INJECTOR = `${WEBHOOKS}/istio-sidecar-injector-${REVISION}`;

interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

/** Two teams have a stack of gateways each; the control plane is somebody else's. */
describe("stacks with gateways alone", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let undo: () => void;

  before(async function () {
    tools = await toolsFor(this);
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    // No istiod runs, so nothing answers its webhooks.
    api = await startKwokCluster({ webhooks: false });
    live = liveCluster(api.kubeconfig);
    await live.apply(namespace("istio-system"));
    const render = renderTools({ kind: "folder", path: tools.charts });
    await installControlPlane(live, render, REVISION);
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${REVISION}`);
    await live.apply(namespace("shop", { "istio.io/rev": REVISION }));
  });

  after(async () => {
    await api?.stop();
    undo?.();
  });

  async function team(name: string): Promise<TestStack> {
    const stack = await TestStack.create(tools, name, {
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:version": NEWEST,
      "mesh:revision": REVISION,
      "mesh:profile": "empty",
      "mesh:adopt": "namespaces",
      "mesh:gateways": [
        {
          name: "web",
          namespace: `edge-${name}`,
          protect: false,
          replicas: 1,
          service: { type: "ClusterIP" },
          revisions: [{ revision: REVISION }],
        },
      ],
    });
    return stack;
  }

  const gatewayOf = (name: string) =>
    live.cluster.call("GET", `/apis/apps/v1/namespaces/edge-${name}/deployments/web-${REVISION}`);

  async function outputs(stack: TestStack): Promise<Record<string, unknown>> {
    const { stdout, code, output } = await stack.pulumi([
      ...["stack", "output", "--json", "--show-secrets", "--stack", stack.name],
    ]);
    assert.equal(code, 0, output);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it("have no control plane, in words and outputs, and either goes while the other stays", async () => {
    const [one, two] = [await team("one"), await team("two")];
    const { output } = await one.preview();
    assert.match(output, pattern`no control plane ${NEW} is installed`);
    assert.doesNotMatch(output, pattern`control plane ${NEW} \(Istio ${NEWEST}\) is installed`);
    await one.up();
    await two.up();
    const said = await outputs(one);
    assert.equal(said.revision, undefined);
    assert.equal(said.version, undefined);
    assert.equal((said.summary as { revision?: string }).revision, undefined);

    await one.destroy(["--run-program"]);
    assert.equal((await gatewayOf("one")).status, 404);
    assert.equal((await gatewayOf("two")).status, 200);
    await two.destroy(["--run-program"]);
    assert.equal((await gatewayOf("two")).status, 404);
    await live.get(INJECTOR);
  });

  it("go too when a former release has recorded a control plane that they never had", async () => {
    const stack = await team("former");
    await stack.up();
    await withFormerGuards(stack);
    const { output } = await stack.up();
    assert.doesNotMatch(output, /is removed/);
    await withFormerGuards(stack);
    await stack.destroy(["--run-program"]);
    assert.equal((await gatewayOf("former")).status, 404);
    await live.get(INJECTOR);
  });

  /** Writes into the state what a former release left there: a guard for the gateways' revision. */
  async function withFormerGuards(stack: TestStack): Promise<void> {
    const state = JSON.parse(await stack.stateText()) as {
      deployment: { resources: StateResource[] };
    };
    const { resources } = state.deployment;
    const plan = resources.find(({ type }) => type === "servicemesh:index:Plan");
    const guard = resources.find(({ urn }) => urn.endsWith("::mesh-guard"));
    assert.ok(plan && guard);
    const facts = { ...plan.inputs, controlPlanes: [{ revision: REVISION, version: NEWEST }] };
    const { foreignRevisions: _, ...former } = facts as Record<string, unknown>;
    Object.assign(plan, { inputs: former });
    const uses = { ...(guard.inputs?.input as object), revisions: [REVISION] };
    Object.assign(guard, { inputs: { ...guard.inputs, input: uses } });
    const own = {
      ...guard,
      urn: `${guard.urn}-${REVISION}`,
      inputs: { input: { revision: REVISION } },
      outputs: { input: { revision: REVISION } },
      resourceHooks: { beforeDelete: ["mesh:removal"] },
      protect: false,
      dependencies: [],
      propertyDependencies: {},
    };
    state.deployment.resources = resources.flatMap((one) => (one === guard ? [own, one] : [one]));
    await stack.importState(JSON.stringify(state));
  }
});
