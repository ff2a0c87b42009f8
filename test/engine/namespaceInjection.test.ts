import assert from "node:assert/strict";
import { renderTools } from "../../adapters/renderTools";
import type { JsonObject } from "../../mesh/common/json";
import { annotationsOf } from "../../mesh/k8s/istioLabels";
import { getPath } from "../../mesh/k8s/path";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import type { FakeInjector } from "../support/fakeInjector";
import { type InjectingCluster, injectingCluster } from "../support/injectingCluster";
import { type LiveCluster, namespace } from "../support/liveCluster";
import { installControlPlane } from "../support/liveControlPlane";
import { pattern } from "../support/pattern";
import { mesh } from "../support/run";
import { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { type Tools, toolsFor } from "../support/tools";

const DEPLOYMENT = "/apis/apps/v1/namespaces/edge/deployments/web";

/** The control planes are somebody else's, and their webhooks inject for real. */
describe("a gateway that its namespace's label injects", () => {
  const stage = stages();
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let injector: FakeInjector;
  let stack: TestStack;
  let cluster: InjectingCluster;

  function declare(
    revision: string,
    { restart, labelled = true }: { restart?: string; labelled?: boolean } = {},
  ): void {
    stack.configure({
      "mesh:gateways": [
        {
          name: "web",
          namespace: "edge",
          injection: "namespace",
          service: { type: "ClusterIP" },
          revisions: [{ revision }],
          ...(restart !== undefined && { restart }),
        },
      ],
      "mesh:namespaces": labelled ? [{ name: "edge", revision }] : undefined,
    });
  }

  /** The revisions that injected the gateway's pods. */
  async function revisions(): Promise<(string | undefined)[]> {
    const { items } = await live.get("/api/v1/namespaces/edge/pods");
    const pods = (items as JsonObject[]).filter(
      (pod) => getPath(pod, "metadata.deletionTimestamp") === undefined,
    );
    return [...new Set(pods.map((pod) => annotationsOf(pod)["istio.io/rev"]))];
  }

  async function generation(): Promise<unknown> {
    return getPath(await live.get(DEPLOYMENT), "metadata.generation");
  }

  before(async function () {
    tools = await toolsFor(this);
    cluster = await injectingCluster(tools);
    ({ api, live, injector } = cluster);
    await live.apply(namespace("edge"));
    const render = renderTools({ kind: "folder", path: tools.charts });
    for (const revision of [OLD, NEW]) {
      injector.images.set(revision, `proxyv2:${revision}`);
      await installControlPlane(live, render, revision, { injector });
    }
    stack = await TestStack.create(tools, "by-namespace", {
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:version": NEWEST,
      "mesh:profile": "empty",
      "mesh:adopt": "namespaces",
      "mesh:revisions": [{ revision: OLD }, { revision: NEW }],
    });
  });

  after(async () => {
    await cluster?.stop();
  });

  stage("is not made while its namespace has no label", async () => {
    declare(OLD, { labelled: false });
    const { output } = await stack.failure();
    assert.match(
      output,
      pattern`the namespace edge has no label istio\.io/rev, which alone decides [\s\S]*fix: add the namespace to \`namespaces\` with revision ${OLD}`,
    );
    assert.equal((await live.cluster.call("GET", DEPLOYMENT)).status, 404);
  });

  stage("comes after the label, and gets the proxy of its revision", async () => {
    declare(OLD);
    await stack.up();
    assert.deepEqual(await revisions(), [OLD]);
    assert.deepEqual((await stack.preview()).changes, []);
  });

  stage("keeps its pods when the label moves, and the preview says so", async () => {
    const before = await generation();
    declare(NEW);
    const { output } = await stack.preview();
    assert.match(
      output,
      pattern`the label of namespace edge moves gateway edge/web from ${OLD} to ${NEW}\. Its pods get the new proxy when they restart`,
    );
    await stack.up();
    assert.equal(await generation(), before);
    assert.deepEqual(await revisions(), [OLD]);
  });

  stage("gets the new proxy by `restart`", async () => {
    declare(NEW, { restart: "now" });
    await stack.up();
    assert.deepEqual(await revisions(), [NEW]);
  });

  stage(
    "has an image that only the cluster's label tells, and so have workloads there",
    async () => {
      const spec = {
        selector: { matchLabels: { app: "cart" } },
        template: {
          metadata: {
            labels: { app: "cart" },
            annotations: { "sidecar.istio.io/proxyImageType": "debug" },
          },
          spec: { containers: [{ name: "app", image: "app" }] },
        },
      };
      const metadata = { name: "cart", namespace: "edge" };
      await live.apply({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec });
      const revision = ["--revision", NEW, "--profile", "minimal", "--charts", tools.charts];
      const list = (...flags: string[]) =>
        mesh(["images", "list", ...revision, ...flags, "--json"], { cwd: stack.folder });
      const { stdout, stderr } = await list("--cluster", "--kubeconfig", api.kubeconfig);
      const rows = JSON.parse(stdout) as { image: string; users: string[] }[];
      const users = rows.find(({ image }) => image.endsWith(`:${NEWEST}-debug`))?.users;
      assert.deepEqual(users, ["Deployment edge/cart"], stderr);
      assert.match(stderr, /^looking at context /);
      const without = await list("--kubeconfig", api.kubeconfig);
      assert.equal(without.code, 2);
      assert.match(without.stderr, /--kubeconfig: goes with --cluster/);
    },
  );
});
