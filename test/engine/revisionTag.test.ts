import assert from "node:assert/strict";
import { renderTools } from "../../adapters/renderTools";
import { isObject, type Json } from "../../mesh/common/json";
import { labelsOf } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { RenderTools } from "../../mesh/render/render";
import type { ResolvedMesh } from "../../mesh/spec/resolve";
import { tagObjects } from "../../mesh/tag/tag";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace, pathOf } from "../support/liveCluster";
import { installControlPlane, WEBHOOKS, writeCaBundle } from "../support/liveControlPlane";
import { byTitle, parseManifests } from "../support/manifests";
import { programStack } from "../support/programStack";
import { run } from "../support/run";
import type { TestStack } from "../support/stack";
import { temporaryFolder, useTestCache } from "../support/temporary";
import { ISTIOCTL, istioctlProgram, type Tools, toolsFor } from "../support/tools";

const REVISIONS = [OLD, NEW] as const;

/** What the API server or istiod fills in, and differs from one write to the next. */
const LIVE_FIELDS = ["caBundle", "status", "managedFields", "uid", "creationTimestamp"];
const LIVE_ONLY = [...LIVE_FIELDS, "resourceVersion", "generation", "clusterIP", "clusterIPs"];

function withoutLive(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(withoutLive);
  }
  if (!isObject(value)) {
    return value;
  }
  const kept = Object.entries(value).filter(([key]) => !LIVE_ONLY.includes(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutLive(item)]));
}

describe("revision tags in a cluster", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let render: RenderTools;
  let undo: () => void;
  const meshes = new Map<string, ResolvedMesh>();

  before(async function () {
    tools = await toolsFor(this, ISTIOCTL);
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    render = renderTools({ kind: "folder", path: tools.charts });
    api = await startKwokCluster();
    live = liveCluster(api.kubeconfig);
    await live.apply(namespace("istio-system"));
    for (const revision of REVISIONS) {
      meshes.set(revision, await installControlPlane(live, render, revision));
    }
  });

  after(async () => {
    await api?.stop();
    undo?.();
  });

  async function istioctlTag(tag: string, revision: string): Promise<K8sObject[]> {
    const flags = ["--revision", revision, "--manifests", tools.manifests];
    const connect = ["--kubeconfig", api.kubeconfig];
    const finished = await run(istioctlProgram(), ["tag", "generate", tag, ...flags, ...connect], {
      cwd: temporaryFolder("istioctl"),
    });
    assert.equal(finished.code, 0, finished.output);
    return parseManifests(finished.stdout);
  }

  /** Objects as the API server would keep them: with every default, so that none is compared with itself left out. */
  async function accepted(objects: readonly K8sObject[]): Promise<Record<string, K8sObject>> {
    const kept = await Promise.all(
      objects.map(async (object) => {
        const query = "?fieldManager=compare&force=true&dryRun=All";
        const answer = await live.cluster.call("PATCH", pathOf(object) + query, object);
        assert.ok(answer.status < 300, JSON.stringify(answer.body));
        return withoutLive(answer.body) as unknown as K8sObject;
      }),
    );
    return byTitle(kept);
  }

  for (const tag of ["prod", "default"]) {
    it(`${tag}: the objects are those of istioctl tag generate, field by field but for caBundle`, async () => {
      const mesh = meshes.get(NEW) as ResolvedMesh;
      const ours = await accepted(await tagObjects({ tag, revision: NEW, mesh }, render));
      const theirs = await accepted(await istioctlTag(tag, NEW));
      assert.deepEqual(ours, theirs);
      assert.equal(Object.keys(theirs).length, tag === "default" ? 3 : 2);
    });
  }

  describe("moved by the engine", () => {
    let stack: TestStack;
    const point = (revision: string) => {
      const tags = { prod: revision, default: revision };
      const charts = { kind: "folder", path: tools.charts };
      const program = { kubeconfig: api.kubeconfig, charts, version: NEWEST, tags };
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

    before(async () => {
      stack = await programStack(tools, "revisionTag");
    });

    it("webhooks, Services and the default validator move in one update each", async () => {
      point(OLD);
      await stack.up();
      assert.deepEqual(new Set(Object.values(await liveRevisions())), new Set([OLD]));
      point(NEW);
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
      assert.deepEqual(new Set(Object.values(await liveRevisions())), new Set([NEW]));
    });

    it("a second update changes nothing, also after istiod has written its certificate", async () => {
      const path = `${WEBHOOKS}/istio-revision-tag-prod`;
      point(NEW);
      await stack.up();
      await writeCaBundle(api.kubeconfig, "istio-revision-tag-prod");
      assert.deepEqual((await stack.up()).changes, []);
      point(OLD);
      await stack.up();
      const after = await live.get(path);
      assert.equal(labelsOf(after)["istio.io/rev"], OLD);
      const [first] = after.webhooks as { clientConfig: { caBundle?: string } }[];
      assert.equal(first?.clientConfig.caBundle, "Y2VydA==", "the certificate stays");
    });
  });
});
