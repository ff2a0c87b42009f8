import assert from "node:assert/strict";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { kwokStack, type Scene } from "../support/kwokStack";
import {
  LANGUAGES,
  type ProgramResources,
  runTypeScript,
  runYaml,
  stepTitles,
  useLanguages,
} from "../support/languages";
import { stages } from "../support/stages";
import { type Tools, toolsFor } from "../support/tools";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ISTIOD = `/apis/apps/v1/namespaces/istio-system/deployments/istiod-${OLD}`;

/** The steps of one stack, whose program is at times in YAML and at times in TypeScript. */
describe("a program in YAML, on a real API server", () => {
  const stage = stages();
  let tools: Tools;
  let scene: Scene;
  let undo: () => void;

  before(async function () {
    tools = await toolsFor(this, LANGUAGES);
    undo = useLanguages();
    scene = await kwokStack(tools, "yaml");
  });

  after(async () => {
    undo?.();
    await scene?.api.stop();
  });

  const target = () => ({ kind: "cluster", kubeconfig: scene.api.kubeconfig });

  /** @param revisions the control planes of the mesh */
  const program = (revisions = [{ revision: OLD }, { revision: NEW, version: NEWEST }]) => {
    const { kubeconfig } = scene.api;
    const resources: ProgramResources = {
      cluster: { type: "pulumi:providers:kubernetes", properties: { kubeconfig } },
      mesh: {
        type: "servicemesh:index:ServiceMesh",
        properties: {
          version: PREVIOUS,
          profile: "minimal",
          charts: { kind: "folder", path: tools.charts },
          target: target(),
          overlays: ["cni-gcp"],
          revisions,
          tags: { stable: OLD },
          mtls: { mode: "STRICT" },
        },
      },
      shop: {
        type: "servicemesh:index:MeshNamespace",
        properties: {
          namespace: "shop",
          revision: "stable",
          tagRevision: OLD,
          create: true,
          target: target(),
        },
        options: { dependsOn: ["mesh"], provider: "cluster" },
      },
    };
    return resources;
  };

  const status = async (path: string) => (await scene.live.cluster.call("GET", path)).status;

  stage("creates a mesh, and after it a namespace of the mesh", async () => {
    runYaml(scene.stack, program());
    await scene.stack.up();
    for (const path of [
      ISTIOD,
      `/apis/apps/v1/namespaces/istio-system/deployments/istiod-${NEW}`,
      "/apis/apps/v1/namespaces/kube-system/daemonsets/istio-cni-node",
      "/apis/security.istio.io/v1/namespaces/istio-system/peerauthentications/default",
      "/api/v1/namespaces/shop",
    ]) {
      assert.equal(await status(path), 200, path);
    }
  });

  stage("has made every object as the program in TypeScript would make it", async () => {
    assert.deepEqual(stepTitles((await scene.stack.preview()).changes), []);
    runTypeScript(scene.stack, program());
    // The version of the provider, which the language host for YAML leaves out.
    const provider = "update pulumi:providers:kubernetes cluster";
    assert.deepEqual(stepTitles((await scene.stack.preview()).changes), [provider]);
  });

  stage("is refused a step after which a tag would point to nothing", async () => {
    runYaml(scene.stack, program([{ revision: NEW, version: NEWEST }]));
    const { errors } = await scene.stack.failure("preview");
    assert.match(errors.join("\n"), /tag.*stable/);
  });

  stage("is removed by the hooks of the components, which keep the CRDs", async () => {
    runYaml(scene.stack, program());
    await scene.stack.destroy(["--run-program"]);
    assert.equal(await status(ISTIOD), 404);
    const { body } = await scene.live.cluster.call("GET", CRDS);
    assert.ok((body.items as unknown[]).length > 0);
  });
});
