import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { imageOf } from "../../mesh/k8s/imageVersion";
import { templateOf } from "../../mesh/k8s/workload";
import { chartsFolder } from "../../toolchain/setup";
import { PREVIOUS } from "../../toolchain/versions";
import { copyOfProject } from "../support/checkout";
import { copyOfHome } from "../support/home";
import { type IstioPlaces, serveIstioPlaces } from "../support/istioPlaces";
import { byTitle, parseManifests } from "../support/manifests";
import { runnableScript } from "../support/markdownBlocks";
import { type Finished, run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const PAGE = "docs/csm-tutorial.md";
const VERSION = "1.28.5-asm.9";

/** The marked steps of the page, as they stand there. Nothing of them asks Google for anything. */
describe("the tutorial on Cloud Service Mesh", () => {
  let tools: Tools;
  let places: IstioPlaces;
  let folder: string;
  let finished: Finished;

  before(async function () {
    tools = await toolsFor(this);
    places = await serveIstioPlaces({ [VERSION]: chartsFolder(PREVIOUS) });
    folder = copyOfProject({ charts: false });
    // Only Google can sign the archive, so the stand-in for it is pinned.
    const pin = `npx pulumi config set --path 'mesh:charts.digests["istio-${VERSION}"]' ${places.digestOf(VERSION)}`;
    const kind = "npx pulumi config set --path mesh:charts.kind repository";
    const script = runnableScript(PAGE).replace(
      /^npx pulumi stack init csm$/m,
      (line) => `${line}\n${kind}\n${pin}`,
    );
    finished = await run("bash", ["-c", script], {
      cwd: folder,
      env: {
        SERVICE_MESH_RELEASES: places.releases,
        SERVICE_MESH_CACHE: temporaryFolder("cache"),
        PULUMI_HOME: copyOfHome(tools.home),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    });
  });
  after(() => places?.stop());

  it("its steps succeed, and fetch Google's archive once and nothing else", () => {
    assert.equal(finished.code, 0, finished.output);
    assert.deepEqual(places.requests, [`/releases/istio-${VERSION}-linux-amd64.tar.gz`]);
  });

  it("the images are those that the page names", () => {
    const lines = finished.stdout.split("\n").filter((line) => /^(gke\.gcr|gcr)\.io\//.test(line));
    assert.deepEqual(
      lines.map((line) => line.split(/\s/)[0]),
      [
        "gcr.io/kubebuilder/kube-rbac-proxy:v0.13.1",
        "gke.gcr.io/asm/canonical-service-controller:1.10.3-asm.16",
        ...["install-cni", "mdp", "pilot", "proxyv2"].map(
          (name) => `gke.gcr.io/asm/${name}:${VERSION}`,
        ),
      ],
    );
  });

  it("the manifests are a mesh of Google's build with its gateway, exporters and scraping", () => {
    const text = readFileSync(join(folder, "mesh.yaml"), "utf8");
    const objects = byTitle(parseManifests(text));
    const istiod = objects["Deployment istio-system/istiod-asm-1285-9"];
    assert.ok(istiod);
    assert.equal(imageOf(templateOf(istiod), "discovery"), `gke.gcr.io/asm/pilot:${VERSION}`);
    for (const title of [
      "PodMonitoring istio-system/istiod",
      "ClusterPodMonitoring istio-proxy",
      "Service istio-gateways/web",
      "Namespace shop",
    ]) {
      assert.ok(title in objects, `${title} in ${Object.keys(objects).join(", ")}`);
    }
  });
});
