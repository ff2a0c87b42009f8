import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { OLD } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { gatewayMesh } from "../support/gatewayMesh";
import { kubectl } from "../support/kubectl";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import { pattern } from "../support/pattern";
import { mesh } from "../support/run";
import type { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

const AGENT = "/apis/apps/v1/namespaces/kube-system/daemonsets/istio-cni-node";
const ISTIOD = `/apis/apps/v1/namespaces/istio-system/deployments/istiod-${OLD}`;

function patched(kind: string, name: string, namespace: string, containers: object[]): K8sObject {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
    spec: { template: { spec: { containers } } },
  } as unknown as K8sObject;
}

/** istio#54846: an environment variable from a key that the agent's ConfigMap does not have. */
const variable = patched("DaemonSet", "istio-cni-node", "kube-system", [
  {
    name: "install-cni",
    env: [
      { name: "NODE_COLOUR", value: "blue" },
      { name: "GONE", valueFrom: { configMapKeyRef: { name: "istio-cni-config", key: "GONE" } } },
    ],
  },
]);

const container = patched("Deployment", `istiod-${OLD}`, "istio-system", [
  { name: "debug", image: "debug:1" },
]);

/** The lines of a finding about an object. */
const findingOf = (output: string, object: string) =>
  new RegExp(
    `\\[foreign-entries\\] ${object} \\.\\.\\. (\\w+)\\n\\s+(.*)\\n\\s+fix: .*?(kubectl .*)`,
  )
    .exec(output)
    ?.slice(1);

/** Real updates on a real API server, which knows who owns which entry. */
describe("entries of others in the lists of the mesh's workloads", () => {
  let api: ApiServer;
  let live: LiveCluster;
  let tools: Tools;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
  });

  beforeEach(async () => {
    ({ api, stack } = await gatewayMesh(tools, {
      "mesh:overlays": ["cni-gcp"],
      "mesh:revisions": [{ revision: OLD }],
    }));
    live = liveCluster(api.kubeconfig, "kubectl-edit");
  });

  afterEach(async () => {
    await api?.stop();
  });

  const validate = () => mesh(["validate", "--kubeconfig", api.kubeconfig]);

  async function names(path: string, list: string): Promise<string[]> {
    const [first] = getPath(await live.get(path), "spec.template.spec.containers") as JsonObject[];
    const items =
      list === "containers"
        ? (getPath(await live.get(path), "spec.template.spec.containers") as JsonObject[])
        : ((first?.env ?? []) as JsonObject[]);
    return items.map(({ name }) => String(name));
  }

  it("those with which pods could not start end preview and update, until the printed command has taken them away", async () => {
    const own = await names(AGENT, "env");
    await live.apply(variable);
    const edit = ["cni-gcp", "envoy-access-log"];
    stack.configure({ "mesh:overlays": edit, "mesh:set": ["values.cni.logging.level=debug"] });
    for (const command of ["preview", "up"] as const) {
      const { output } = await stack.failure(command);
      assert.match(
        output,
        /DaemonSet kube-system\/istio-cni-node: has what the mesh does not have it have: .*containers\[install-cni\]\.env\[GONE\] \(by kubectl-edit\)/,
      );
      assert.match(output, /ConfigMap kube-system\/istio-cni-config has no key GONE/);
    }
    const finding = findingOf((await validate()).output, "DaemonSet kube-system/istio-cni-node");
    assert.equal(finding?.[0], "WARNING");
    assert.match(finding?.[1] ?? "", /env\[NODE_COLOUR\] \(by kubectl-edit\)/);
    await kubectl(finding?.[2] ?? "", api.kubeconfig);
    assert.deepEqual(await names(AGENT, "env"), own);
    await stack.up();
    assert.match(
      (await validate()).output,
      /\[foreign-entries\] workloads of the mesh: have no entries of others/,
    );
  }).timeout(600_000);

  it("others are a warning: in precheck and preview before, and in validate after", async () => {
    await live.apply(container);
    stack.configure({ "mesh:overlays": ["cni-gcp", "envoy-access-log"] });
    const said = pattern`Deployment istio-system/istiod-${OLD}: has what the mesh does not have it have: containers\[debug\] \(by kubectl-edit\)`;
    assert.match((await stack.preview()).output, said);
    assert.match((await stack.up()).output, said);
    assert.deepEqual(await names(ISTIOD, "containers"), ["discovery", "debug"]);

    const title = `Deployment istio-system/istiod-${OLD}`;
    const flags = ["--stack", stack.name, "--no-images"];
    const precheck = await mesh(["precheck", ...flags], { cwd: stack.folder });
    assert.equal(findingOf(precheck.output, title)?.[0], "WARNING", precheck.output);
    const validated = await validate();
    const finding = findingOf(validated.output, title);
    assert.equal(finding?.[0], "WARNING", validated.output);
    await kubectl(finding?.[2] ?? "", api.kubeconfig);
    assert.deepEqual(await names(ISTIOD, "containers"), ["discovery"]);
  }).timeout(600_000);
});
