import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { labelsOf } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

const PLACE = "/api/v1/namespaces/istio-system";
const NAMESPACE = PLACE;
const READER = `${PLACE}/serviceaccounts/istio-reader-service-account`;
const CA = `${PLACE}/secrets/istio-ca-secret`;
const CNI_PLACE = "/api/v1/namespaces/kube-system";
const CNI = "/apis/apps/v1/namespaces/kube-system/daemonsets/istio-cni-node";
const CNI_CONFIG = `${CNI_PLACE}/configmaps/istio-cni-config`;
const VALIDATORS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const INJECTORS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const istiod = (revision: string) =>
  `/apis/apps/v1/namespaces/istio-system/deployments/istiod-${revision}`;
const injector = (revision: string) => `${INJECTORS}/istio-sidecar-injector-${revision}`;

/** What istiod writes for all control planes of a Namespace. */
const CA_SECRET: K8sObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "istio-ca-secret", namespace: "istio-system" },
  stringData: { "ca-cert.pem": "cert" },
};

function configMap(name: string, place = "istio-system"): K8sObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: place },
    data: { a: "b" },
  };
}

/** No istiod runs, so nothing answers its webhooks. */
async function openScene() {
  const api = await startKwokCluster({ webhooks: false });
  return { api, live: liveCluster(api.kubeconfig) };
}

describe("what a cluster has once, beside other stacks", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;

  async function open(name: string, revision: string, version: string): Promise<TestStack> {
    return TestStack.create(tools, name, {
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:version": version,
      "mesh:revision": revision,
      "mesh:profile": "minimal",
      "mesh:cni": { enabled: true, namespace: "kube-system" },
    });
  }

  const status = async (path: string) => (await live.cluster.call("GET", path)).status;
  const uid = async (path: string) => String(getPath(await live.get(path), "metadata.uid"));

  async function allThere(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      assert.equal(await status(path), 200, path);
    }
  }

  async function allGone(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      assert.equal(await status(path), 404, path);
    }
  }

  before(async function () {
    tools = await toolsFor(this);
  });

  beforeEach(async function () {
    this.timeout(600_000);
    ({ api, live } = await openScene());
  });

  afterEach(async () => {
    await api?.stop();
  });

  it("the story of two control planes in two stacks: each goes alone, and the last leaves nothing", async () => {
    const a = await open("a", "ra", PREVIOUS);
    const b = await open("b", "rb", NEWEST);
    await a.up();
    await liveCluster(api.kubeconfig, "pilot-discovery").apply(CA_SECRET);
    const shared = [NAMESPACE, READER, CNI, CNI_CONFIG];
    const before = await Promise.all(shared.map(uid));

    const preview = await b.preview();
    assert.match(
      preview.output,
      /uses the DaemonSet kube-system\/istio-cni-node of the Pulumi stack organization\/pulumi-service-mesh\/a/,
    );
    await b.up();
    assert.deepEqual((await b.up()).changes, []);
    assert.deepEqual(
      (await a.preview(["--refresh"])).changes.filter(({ op }) => op !== "refresh"),
      [],
    );

    const { output } = await a.destroy(["--run-program"]);
    assert.match(output, /istio-cni-node stays in the cluster: the stack \S+\/b uses it/);
    assert.deepEqual(await Promise.all(shared.map(uid)), before);
    await allThere([istiod("rb"), injector("rb"), CA]);
    await allGone([istiod("ra"), injector("ra"), `${VALIDATORS}/istio-validator-ra-istio-system`]);

    const orphan = await b.preview();
    assert.match(orphan.output, /no stack owns the DaemonSet kube-system\/istio-cni-node any more/);
    await b.destroy(["--run-program"]);
    await allGone([...shared, istiod("rb"), injector("rb"), CA]);
  });

  it("a take-over is said to the stack that lost the part, which then leaves it alone", async () => {
    const a = await open("a", "ra", PREVIOUS);
    const b = await open("b", "rb", NEWEST);
    await a.up();
    b.configure({ "mesh:shared": "own" });
    assert.match(
      (await b.preview()).output,
      /takes over \d+ objects installed by Pulumi stack \S+\/a/,
    );
    await b.up();

    const preview = await a.preview();
    assert.match(
      preview.output,
      /stack \S+\/b has taken over the DaemonSet kube-system\/istio-cni-node from this stack/,
    );
    await a.up();
    const kept = [NAMESPACE, READER, CNI, CNI_CONFIG];
    await allThere([...kept, istiod("ra"), istiod("rb")]);
    await a.destroy(["--run-program"]);
    await allThere([...kept, istiod("rb")]);
    await b.destroy(["--run-program"]);
    await allGone(kept);
  });

  it("a stack that has lost a part and is destroyed at once deletes nothing of it", async () => {
    const a = await open("a", "ra", PREVIOUS);
    const b = await open("b", "rb", NEWEST);
    await a.up();
    b.configure({ "mesh:shared": "own" });
    await b.up();
    await a.destroy(["--run-program"]);
    await allThere([NAMESPACE, READER, CNI, CNI_CONFIG, istiod("rb")]);
    await b.destroy(["--run-program"]);
    await allGone([NAMESPACE, READER, CNI, CNI_CONFIG]);
  });

  it("a part that leaves the program of one stack stays for the other", async () => {
    const a = await open("a", "ra", PREVIOUS);
    const b = await open("b", "rb", NEWEST);
    await a.up();
    await b.up();
    a.configure({ "mesh:cni": { enabled: false } });
    await a.up();
    await allThere([CNI, CNI_CONFIG]);
    b.configure({ "mesh:cni": { enabled: false } });
    await b.up();
    await allGone([CNI, CNI_CONFIG]);
    await allThere([istiod("ra"), istiod("rb"), NAMESPACE]);
  });

  it("a Namespace of somebody else's outlives the stack, also once `adopt` is taken out", async () => {
    const a = await open("a", "ra", PREVIOUS);
    const theirs = liveCluster(api.kubeconfig, "kubectl-create");
    await theirs.apply(namespace("istio-system"));
    await theirs.apply(configMap("theirs"));
    a.configure({ "mesh:adopt": "namespaces" });
    await a.up();
    a.configure({ "mesh:adopt": undefined });
    await a.up();
    const { output } = await a.destroy(["--run-program"]);
    assert.match(output, /Namespace istio-system stays in the cluster: the stack did not make it/);
    await allThere([NAMESPACE, `${PLACE}/configmaps/theirs`]);
    await allGone([READER, istiod("ra")]);
  });

  it("a Namespace of the stack's stays while anything of others is in it, and can be used again", async () => {
    const a = await open("a", "ra", PREVIOUS);
    a.configure({ "mesh:namespaces": [{ name: "cart", revision: "ra", create: true }] });
    await a.up();
    const theirs = liveCluster(api.kubeconfig, "kubectl-create");
    await theirs.apply(configMap("theirs", "cart"));
    await theirs.apply(configMap("theirs"));
    const { output } = await a.destroy(["--run-program"]);
    assert.match(output, /Namespace cart stays in the cluster: it holds ConfigMap cart\/theirs/);
    await allThere([`${PLACE}/configmaps/theirs`, "/api/v1/namespaces/cart/configmaps/theirs"]);
    const cart = await live.get("/api/v1/namespaces/cart");
    assert.equal(labelsOf(cart)["istio.io/rev"], undefined);
    await a.up();
    await theirs.remove(configMap("theirs"));
    await theirs.remove(configMap("theirs", "cart"));
    await a.destroy(["--run-program"]);
    await allGone([NAMESPACE, "/api/v1/namespaces/cart"]);
  });

  it("a Namespace that only changes its place in the program is not deleted", async () => {
    const a = await open("a", "ra", PREVIOUS);
    a.configure({ "mesh:namespaces": [{ name: "edge", revision: "ra", create: true }] });
    await a.up();
    const before = await uid("/api/v1/namespaces/edge");
    a.configure({
      "mesh:namespaces": undefined,
      "mesh:cni": { enabled: true, namespace: "edge" },
    });
    await a.up();
    assert.equal(await uid("/api/v1/namespaces/edge"), before);
  });

  it("`--target` of a shared object alone changes nothing", async () => {
    const a = await open("a", "ra", PREVIOUS);
    await a.up();
    const { deployment } = JSON.parse(await a.stateText()) as {
      deployment: { resources: { urn: string }[] };
    };
    const found = deployment.resources.filter(({ urn }) =>
      /::mesh-base:istio-system$|istio-cni-node$/.test(urn),
    );
    assert.equal(found.length, 2);
    for (const { urn } of found) {
      await assert.rejects(a.destroy(["--run-program", "--target", urn]));
    }
    await allThere([NAMESPACE, CNI, istiod("ra")]);
  });

  it("`shared: use` creates nothing, and names what is missing before anything is made", async () => {
    const b = await open("b", "rb", PREVIOUS);
    b.configure({ "mesh:shared": "use" });
    const { output } = await b.failure("preview");
    assert.match(output, /with shared: use, these have to be in the cluster/);
    await b.failure();
    await allGone([NAMESPACE, CNI]);
    const a = await open("a", "ra", PREVIOUS);
    await a.up();
    await b.up();
    await b.destroy(["--run-program"]);
    await allThere([NAMESPACE, READER, CNI, istiod("ra")]);
  });

  /** The state as a release wrote it in which Pulumi deleted what a cluster has once. */
  async function makeOld(stack: TestStack): Promise<void> {
    const state = JSON.parse(await stack.stateText()) as {
      deployment: { resources: JsonObject[] };
    };
    for (const resource of state.deployment.resources) {
      const hooks = isObject(resource.resourceHooks) ? resource.resourceHooks : {};
      if (JSON.stringify(hooks).includes("mesh:leave-shared")) {
        delete resource.retainOnDelete;
        delete resource.resourceHooks;
      }
      for (const values of [resource.inputs, resource.outputs].filter(isObject)) {
        delete values.sharedByHook;
      }
    }
    const file = join(stack.folder, "old.json");
    writeFileSync(file, JSON.stringify(state));
    const { code, output } = await stack.pulumi([
      ...["stack", "import", "--stack", stack.name, "--file", file],
    ]);
    assert.equal(code, 0, output);
  }

  it("a state of an earlier release: one quiet update, and a destroy without one is as careful", async () => {
    const a = await open("a", "ra", PREVIOUS);
    const b = await open("b", "rb", NEWEST);
    await a.up();
    await b.up();
    const kept = [NAMESPACE, READER, CNI, CNI_CONFIG];
    const before = await Promise.all(kept.map(uid));
    await makeOld(a);
    const { changes } = await a.up();
    assert.deepEqual(
      changes.map(({ op, name }) => `${op} ${name}`),
      ["update mesh-plan"],
    );
    await makeOld(a);
    await a.destroy(["--run-program"]);
    assert.deepEqual(await Promise.all(kept.map(uid)), before);
    await allThere([istiod("rb"), injector("rb")]);
    await b.destroy(["--run-program"]);
    await allGone(kept);
  });

  it("an object of another stack's alone is refused with the fix that helps", async () => {
    const a = await open("a", "ra", PREVIOUS);
    const b = await open("b", "ra", PREVIOUS);
    await a.up();
    const { output } = await b.failure("preview");
    assert.match(output, /istiod-ra: installed by Pulumi stack \S+\/a/);
    assert.match(output, /needs a name of its own in each \(`mesh:revision`/);
  });
});
