import assert from "node:assert/strict";
import { join } from "node:path";
import type { JsonObject } from "../../mesh/common/json";
import { managersOf } from "../../mesh/k8s/managers";
import { extraProgram } from "../../toolchain/setup";
import { killTree } from "../support/killTree";
import { kwokStack, type Scene } from "../support/kwokStack";
import { liveCluster, namespace, untilAt } from "../support/liveCluster";
import { run } from "../support/run";
import type { Update } from "../support/stack";
import { stages } from "../support/stages";
import { temporaryFolder } from "../support/temporary";
import { ISTIOCTL, istioctlProgram, toolsFor } from "../support/tools";

const PLACE = "namespaces/istio-system";
const DEPLOYMENTS = `/apis/apps/v1/${PLACE}/deployments`;
const ISTIOD = `${DEPLOYMENTS}/istiod`;
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const INJECTORS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/** Everything that would be another one after a restart, or a delete. */
const LASTING = [
  "/api/v1/namespaces",
  `/api/v1/${PLACE}/pods`,
  `/api/v1/${PLACE}/services`,
  `/api/v1/${PLACE}/configmaps`,
  DEPLOYMENTS,
  `/apis/apps/v1/${PLACE}/replicasets`,
  `/apis/autoscaling/v2/${PLACE}/horizontalpodautoscalers`,
  INJECTORS,
];

/** No cloud gives a load balancer an address here. */
const CLUSTER_IP = "gateways.istio-ingressgateway.type=ClusterIP";

interface Listed {
  readonly metadata: JsonObject & { readonly name: string; readonly uid: string };
}

const DEFAULT_PROFILE = { "mesh:profile": undefined, "mesh:set": [`values.${CLUSTER_IP}`] };

/** An object that several managers have applied, or none. */
function appliers(object: JsonObject): string[] {
  return managersOf(object)
    .filter(({ operation }) => operation === "Apply")
    .map(({ manager }) => manager);
}

async function succeed(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(program, args, { cwd: temporaryFolder("installer") });
  assert.equal(code, 0, output);
}

async function list({ live }: Scene, path: string): Promise<Listed[]> {
  return (await live.get(path)).items as unknown as Listed[];
}

/** Name and identity of all that must outlast a take-over. */
async function lasting(scene: Scene): Promise<string[]> {
  const all = await Promise.all(LASTING.map((path) => list(scene, path)));
  return all.flat().map(({ metadata: { name, uid } }) => `${name} ${uid}`);
}

function operations({ changes }: Update): string[] {
  return changes
    .filter(({ op }) => op !== "refresh")
    .map(({ op, type, name }) => `${op} ${type} ${name}`);
}

async function hasNoChanges({ stack }: Scene): Promise<void> {
  assert.deepEqual(operations(await stack.up()), []);
  assert.deepEqual(operations(await stack.preview(["--refresh"])), []);
}

/** Objects of a preview that are new, as far as the cluster can have them. */
function created({ changes }: Update): string[] {
  return changes
    .filter(({ op, type }) => op === "create" && type.startsWith("kubernetes:"))
    .map(({ type, name }) => `${type.split(":").at(-1)} ${name.split(":").at(-1)}`);
}

describe("a mesh that istioctl has installed", () => {
  const stage = stages();
  let scene: Scene;
  let original: string[];

  before(async function () {
    const tools = await toolsFor(this, ISTIOCTL);
    scene = await kwokStack(tools, "istioctl", DEFAULT_PROFILE);
    await succeed(istioctlProgram(), [
      ...["install", "--skip-confirmation", "--kubeconfig", scene.api.kubeconfig],
      ...["--manifests", tools.manifests, "--set", `values.${CLUSTER_IP}`],
    ]);
    original = await lasting(scene);
  });

  after(async () => {
    await scene?.api.stop();
  });

  stage("is refused: a preview names every object, who installed it and the fix", async () => {
    const preview = await scene.stack.failure("preview");
    const objects = created(preview);
    assert.ok(objects.length > 20, objects.join("\n"));
    for (const object of objects) {
      assert.ok(preview.output.includes(`${object}: installed by istioctl`), object);
    }
    assert.match(preview.output, /fix: `pulumi config set mesh:adopt all`/);
  });

  stage("is refused by an update too, before anything of it is touched", async () => {
    const { output } = await scene.stack.failure();
    assert.match(output, /Namespace istio-system: installed by istioctl/);
    const istiod = await scene.live.get(ISTIOD);
    assert.deepEqual(appliers(istiod), ["istio-operator"]);
  });

  stage("a tag that the stack would leave out is named, with the fix", async () => {
    scene.stack.configure({ "mesh:adopt": "all" });
    const { output } = await scene.stack.failure("preview");
    assert.match(output, /would inject the same pods as .* istio-revision-tag-default/);
    assert.match(output, /pulumi config set --path mesh:tags\.default default/);
  });

  stage("is taken over: the preview says so, and that no pod restarts", async () => {
    scene.stack.configure({ "mesh:tags": { default: "default" } });
    const { output } = await scene.stack.preview();
    assert.match(output, /takes over \d+ objects installed by istioctl/);
    assert.match(output, /uses the Namespace istio-system/);
    assert.doesNotMatch(output, /pods restart/);
    assert.deepEqual(await lasting(scene), original);
  });

  stage("is taken over: each object stays the same one, and each pod too", async () => {
    const { output } = await scene.stack.up();
    assert.match(output, /took over \d+ objects installed by istioctl/);
    assert.deepEqual(await lasting(scene), original);
    const own = "pulumi-service-mesh/organization/pulumi-service-mesh/istioctl";
    for (const path of LASTING.filter((path) => !/pods|replicasets|namespaces$/.test(path))) {
      for (const object of await list(scene, path)) {
        const managers = appliers(object as unknown as JsonObject);
        assert.ok(managers.length === 0 || managers.includes(own), object.metadata.name);
      }
    }
    const istiod = await scene.live.get(ISTIOD);
    assert.deepEqual(appliers(istiod), [own]);
    const crd = await scene.live.get(`${CRDS}/gateways.networking.istio.io`);
    assert.ok(appliers(crd).includes("pulumi-service-mesh"), "CRDs are taken over too");
    assert.doesNotMatch(JSON.stringify(istiod), /operator\.istio\.io\/managed/);
  });

  stage("is the stack's from then on: no further change, also with a refresh", async () => {
    await hasNoChanges(scene);
  });

  stage("stays the Namespace's owner's: it outlives the stack", async () => {
    const { deployment } = JSON.parse(await scene.stack.stateText());
    const found = deployment.resources.find(
      ({ type }: { type: string }) => type === "kubernetes:core/v1:Namespace",
    );
    assert.equal(found.retainOnDelete, true);
  });

  stage(
    "an edit by hand shows in a refresh and is undone, without a conflict; what others scale stays",
    async () => {
      const scaled = { spec: { replicas: 3 } };
      await scene.live.cluster.call("PATCH", `${ISTIOD}/scale`, scaled, "merge");
      const strategy = { rollingUpdate: { maxSurge: "17%" } };
      const edit = { spec: { strategy } };
      const path = `${ISTIOD}?fieldManager=kubectl-edit`;
      assert.equal((await scene.live.cluster.call("PATCH", path, edit, "merge")).status, 200);

      const istiod = /^update kubernetes:apps\/v1:Deployment .*\/istiod$/;
      const preview = operations(await scene.stack.preview(["--refresh"]));
      assert.ok(preview.length === 1 && istiod.test(preview[0] ?? ""), preview.join("\n"));
      await scene.stack.up(["--refresh"]);
      const { spec } = await scene.live.get(ISTIOD);
      assert.doesNotMatch(JSON.stringify(spec), /17%/);
      assert.equal((spec as { replicas: number }).replicas, 3);
      await hasNoChanges(scene);
    },
  );
});

describe("a mesh that Helm has installed", () => {
  const stage = stages();
  let scene: Scene;
  let original: string[];
  const releases = { base: "istio-base", pilot: "istiod", ingressGateways: "istio-ingress" };

  before(async function () {
    const tools = await toolsFor(this, ["helm"]);
    scene = await kwokStack(tools, "helm", DEFAULT_PROFILE);
    const charts = join(tools.manifests, "charts");
    const install = (release: string, chart: string, ...flags: readonly string[]) =>
      succeed(extraProgram("helm"), [
        ...["install", release, join(charts, chart), "--kubeconfig", scene.api.kubeconfig],
        ...["--namespace", "istio-system", "--create-namespace", "--wait", ...flags],
      ]);
    await install(releases.base, "base");
    await install(releases.pilot, "istio-control/istio-discovery");
    await install(releases.ingressGateways, "gateways/istio-ingress", "--set", CLUSTER_IP);
    original = await lasting(scene);
  });

  after(async () => {
    await scene?.api.stop();
  });

  stage(
    "would restart where the charts are rendered for another release: the preview says so",
    async () => {
      scene.stack.configure({ "mesh:adopt": "all" });
      const { output } = await scene.stack.preview();
      assert.match(
        output,
        /Deployment istio-system\/istiod: pods restart: spec\.template\.metadata\.labels\.app\.kubernetes\.io\/instance: "istiod" → "istio"/,
      );
      assert.match(output, /fix: .*mesh:releaseNames\.pilot istiod/);
    },
  );

  stage("is taken over without a restart under the names of its releases", async () => {
    scene.stack.configure({ "mesh:releaseNames": releases });
    const preview = await scene.stack.preview();
    assert.doesNotMatch(preview.output, /pods restart/);
    for (const [release, count] of [
      ["istio-base", 1],
      ["istiod", 17],
      ["istio-ingress", 6],
    ] as const) {
      const pattern = new RegExp(
        `takes over ${count} objects? installed by Helm release ${release} `,
      );
      assert.match(preview.output, pattern);
    }

    const { output } = await scene.stack.up();
    assert.deepEqual(await lasting(scene), original);
    assert.match(
      output,
      /kubectl --namespace istio-system delete secret --selector owner=helm,name=istiod/,
    );
    const { metadata } = await scene.live.get(ISTIOD);
    assert.doesNotMatch(JSON.stringify(metadata), /meta\.helm\.sh/);
  });

  stage("is the stack's from then on: no further change, also with a refresh", async () => {
    await hasNoChanges(scene);
  });
});

describe("what a killed update has left, and what somebody else has made", () => {
  let scene: Scene;

  before(async function () {
    scene = await kwokStack(await toolsFor(this), "left");
  });

  after(async () => {
    await scene?.api.stop();
  });

  it("an update that is killed is taken up where it was", async () => {
    // Its pods do not come up, so that the update is still waiting when it is killed.
    scene.stack.configure({ "mesh:tag": "no-such-tag" });
    const update = scene.stack.attempt();
    await untilAt(scene.live, ISTIOD, () => true);
    killTree(scene.stack.lockHolder() ?? assert.fail("no update runs"));
    await update;
    await scene.stack.unlock();
    const { uid } = (await scene.live.get(ISTIOD)).metadata as { uid: string };
    assert.ok(!(await scene.stack.stateText()).includes(uid), "the state knows the Deployment");

    scene.stack.configure({ "mesh:tag": undefined });
    await scene.stack.up();
    const istiod = await scene.live.get(ISTIOD);
    assert.equal((istiod.metadata as { uid: string }).uid, uid);
    assert.equal(appliers(istiod).length, 1);
    await hasNoChanges(scene);
  });

  it("a single object is refused by name, with who made it and the fix", async () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "istiod-revision-tag-stable", namespace: "istio-system" },
      spec: { selector: { app: "mine" }, ports: [{ port: 80 }] },
    };
    const tool = liveCluster(scene.api.kubeconfig, "my-tool");
    await tool.apply(namespace("istio-system"));
    await tool.apply(service);
    scene.stack.configure({ "mesh:tags": { stable: "default" }, "mesh:adopt": "namespaces" });
    const { output } = await scene.stack.failure();
    assert.match(output, /Service \S+-stable: installed by field manager my-tool/);
    assert.match(output, /fix: `pulumi config set mesh:adopt all`/);
    const { spec } = await scene.live.get(`/api/v1/${PLACE}/services/istiod-revision-tag-stable`);
    assert.deepEqual((spec as typeof service.spec).selector, { app: "mine" });
  });
});
