import assert from "node:assert/strict";
import { renderTools } from "../../components/renderTools";
import { labelsOf } from "../../mesh/injection/labels";
import { isObject, type Json, type JsonObject } from "../../mesh/json";
import type { K8sObject } from "../../mesh/patch/types";
import { type RenderTools, renderComponent } from "../../mesh/render/render";
import { type ResolvedMesh, resolveMesh } from "../../mesh/resolve";
import { tagObjects } from "../../mesh/tag/tag";
import { setupProject } from "../../toolchain/officialCharts";
import { type ApiServer, startApiServer } from "../cluster/apiServer";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { byTitle, parseManifests, withoutNulls } from "../support/manifests";
import { programStack } from "../support/programStack";
import { run } from "../support/run";
import type { TestStack } from "../support/stack";
import { temporaryFolder, useTestCache } from "../support/temporary";
import { ISTIO, type Tools, toolsFor } from "../support/tools";

const REVISIONS = ["1-28-2", "1-29-1"] as const;

/** Both sides without what only the API server or istiod fills in. */
function comparable(object: K8sObject): K8sObject {
  const drop = (value: Json): Json => {
    if (Array.isArray(value)) {
      return value.map(drop);
    }
    if (!isObject(value)) {
      return value;
    }
    const kept = Object.entries(value).filter(([key]) => key !== "caBundle" && key !== "status");
    return Object.fromEntries(kept.map(([key, item]) => [key, drop(item)]));
  };
  return withoutNulls(drop(object as unknown as JsonObject)) as unknown as K8sObject;
}

describe("D2: revision tags in a cluster", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let render: RenderTools;
  let undo: () => void;
  const meshes = new Map<string, ResolvedMesh>();

  /** What a control plane brings that a tag looks at. */
  async function install(revision: string): Promise<void> {
    const mesh = resolveMesh({ version: ISTIO, revision, profile: "minimal" });
    meshes.set(revision, mesh);
    const plan = mesh.components.find(({ component }) => component.name === "pilot");
    assert.ok(plan);
    const { objects } = await renderComponent(plan, mesh, render);
    for (const object of objects) {
      if (["Service", "MutatingWebhookConfiguration"].includes(object.kind)) {
        await live.apply(object);
      }
    }
  }

  before(async function () {
    tools = await toolsFor(this);
    await setupProject({ istio: [ISTIO], with: ["apiserver"] });
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    render = renderTools({ kind: "folder", path: tools.charts });
    api = await startApiServer();
    live = liveCluster(api.kubeconfig);
    await live.apply(namespace("istio-system"));
    for (const revision of REVISIONS) {
      await install(revision);
    }
  });

  after(async function () {
    this.timeout(30_000);
    await api?.stop();
    undo?.();
  });

  async function istioctlTag(tag: string, revision: string): Promise<Record<string, K8sObject>> {
    const flags = ["--revision", revision, "--manifests", tools.manifests];
    const connect = ["--kubeconfig", api.kubeconfig];
    const finished = await run(tools.istioctl, ["tag", "generate", tag, ...flags, ...connect], {
      cwd: temporaryFolder("istioctl"),
    });
    assert.equal(finished.code, 0, finished.output);
    return byTitle(parseManifests(finished.stdout).map(comparable));
  }

  for (const tag of ["prod", "default"]) {
    it(`${tag}: the objects are those of istioctl tag generate, field by field but for caBundle`, async function () {
      this.timeout(60_000);
      const mesh = meshes.get("1-29-1") as ResolvedMesh;
      const ours = await tagObjects({ tag, revision: "1-29-1", mesh }, render);
      const theirs = await istioctlTag(tag, "1-29-1");
      assert.deepEqual(byTitle(ours.map(comparable)), theirs);
      assert.equal(Object.keys(theirs).length, tag === "default" ? 3 : 2);
    });
  }

  describe("moved by the engine", () => {
    let stack: TestStack;
    const point = (revision: string) => {
      const tags = { prod: revision, default: revision };
      const charts = { kind: "folder", path: tools.charts };
      const program = { kubeconfig: api.kubeconfig, charts, version: ISTIO, tags };
      stack.configure({ "mesh:program": program });
    };

    async function liveRevisions(): Promise<Record<string, string | undefined>> {
      const admission = "/apis/admissionregistration.k8s.io/v1";
      const paths = [
        `${admission}/mutatingwebhookconfigurations/istio-revision-tag-prod`,
        `${admission}/mutatingwebhookconfigurations/istio-revision-tag-default`,
        `${admission}/validatingwebhookconfigurations/istiod-default-validator`,
        "/api/v1/namespaces/istio-system/services/istiod-revision-tag-prod",
        "/api/v1/namespaces/istio-system/services/istiod-revision-tag-default",
      ];
      const objects = await Promise.all(paths.map((path) => live.get(path)));
      return Object.fromEntries(
        objects.map((object, index) => [paths[index], labelsOf(object)["istio.io/rev"]]),
      );
    }

    before(async function () {
      this.timeout(120_000);
      stack = await programStack(tools, "revisionTag");
      point("1-28-2");
      await stack.up();
    });

    it("pain 5: webhooks, Services and the default validator move in one update each", async function () {
      this.timeout(120_000);
      assert.deepEqual(new Set(Object.values(await liveRevisions())), new Set(["1-28-2"]));
      point("1-29-1");
      const preview = await stack.preview();
      const up = await stack.up();
      const objects = up.changes.filter(({ type }) => type.startsWith("kubernetes:"));
      assert.deepEqual(new Set(up.changes.map(({ op }) => op)), new Set(["update"]));
      assert.deepEqual(objects.map(({ name }) => name).sort(), [
        "default:istio-revision-tag-default",
        "default:istio-system/istiod-revision-tag-default",
        "default:istiod-default-validator",
        "prod:istio-revision-tag-prod",
        "prod:istio-system/istiod-revision-tag-prod",
      ]);
      const sorted = (steps: typeof up.changes) => steps.map(({ name }) => name).sort();
      assert.deepEqual(sorted(preview.changes), sorted(up.changes));
      assert.deepEqual(new Set(Object.values(await liveRevisions())), new Set(["1-29-1"]));
    });

    it("a second update changes nothing, also after istiod has written its certificate", async function () {
      this.timeout(120_000);
      const path =
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istio-revision-tag-prod";
      const before = await live.get(path);
      const webhooks = (before.webhooks as JsonObject[]).map(({ name, clientConfig }) => ({
        name,
        clientConfig: { ...(clientConfig as JsonObject), caBundle: "Y2VydA==" },
      }));
      const { apiVersion, kind } = before;
      const patch = { apiVersion, kind, metadata: { name: "istio-revision-tag-prod" }, webhooks };
      await liveCluster(api.kubeconfig, "pilot-discovery").apply(patch as unknown as K8sObject);
      assert.deepEqual((await stack.up()).changes, []);
      point("1-28-2");
      await stack.up();
      const after = await live.get(path);
      assert.equal(labelsOf(after)["istio.io/rev"], "1-28-2");
      const [first] = after.webhooks as { clientConfig: { caBundle?: string } }[];
      assert.equal(first?.clientConfig.caBundle, "Y2VydA==", "the certificate stays");
    });
  });
});
