import assert from "node:assert/strict";
import { extraProgram } from "../../toolchain/setup";
import { NEWEST } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import { run } from "../support/run";
import { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

/** Two stacks with a control plane each, in namespaces of their own. */
describe("a control plane beside another one for the same pods", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;

  async function stackIn(namespace: string, more: object = {}): Promise<TestStack> {
    return TestStack.create(tools, namespace, {
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:version": NEWEST,
      "mesh:profile": "minimal",
      "mesh:set": [`namespace=${namespace}`, `values.global.istioNamespace=${namespace}`],
      ...more,
    });
  }

  async function exists(path: string): Promise<boolean> {
    return (await live.cluster.call("GET", path)).status === 200;
  }

  before(async function () {
    tools = await toolsFor(this);
    // No istiod runs, so nothing answers its webhooks.
    api = await startKwokCluster({ webhooks: false });
    live = liveCluster(api.kubeconfig);
    await (await stackIn("istio-one")).up();
  });

  after(async () => {
    await api?.stop();
  });

  it("is refused before anything is made, and the fix that is printed can be followed", async () => {
    const stack = await stackIn("istio-two");
    const { output } = await stack.failure();
    assert.match(
      output,
      /MutatingWebhookConfiguration istio-sidecar-injector-istio-two: would inject the same pods as MutatingWebhookConfiguration istio-sidecar-injector-istio-one, installed by Pulumi stack organization\/pulumi-service-mesh\/istio-one/,
    );
    assert.match(output, /take the revision default out of the stack \S+\/istio-one/);
    assert.equal(await exists("/api/v1/namespaces/istio-two"), false);
    const [, command = ""] = /`pulumi (config set mesh:revision \S+)`/.exec(output) ?? [];
    assert.notEqual(command, "", output);
    const set = await stack.pulumi([...command.split(" "), "--stack", stack.name]);
    assert.equal(set.code, 0, set.output);
    await stack.up();
    const name = command.split(" ").at(-1);
    assert.equal(
      await exists(`/apis/apps/v1/namespaces/istio-two/deployments/istiod-${name}`),
      true,
    );
  });

  it("the label of the network is asked for, and the command that is printed sets it", async () => {
    const stack = await stackIn("istio-three", {
      "mesh:revision": "net",
      "mesh:set": [
        "namespace=istio-three",
        "values.global.istioNamespace=istio-three",
        "values.global.network=n1",
      ],
    });
    const first = await stack.preview();
    assert.match(first.output, /Namespace istio-three: has no label topology\.istio\.io\/network/);
    await stack.up();
    const [, command = ""] = /(kubectl label namespace .*--overwrite)/.exec(first.output) ?? [];
    const [, ...args] = command.split(" ");
    const flags = ["--kubeconfig", api.kubeconfig];
    const labelled = await run(extraProgram("kubectl"), [...args, ...flags], { cwd: stack.folder });
    assert.equal(labelled.code, 0, labelled.output);
    stack.configure({ "mesh:mtls": { mode: "STRICT" } });
    const second = await stack.preview();
    assert.doesNotMatch(second.output, /topology\.istio\.io\/network/);
    await stack.up();
    const { metadata } = await live.get("/api/v1/namespaces/istio-three");
    assert.match(JSON.stringify(metadata), /"topology\.istio\.io\/network":"n1"/);
  });
});
