import assert from "node:assert/strict";
import { listAll } from "../../adapters/cluster/objects";
import type { JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { until } from "../node/wait";
import { kwokStack } from "../support/kwokStack";
import { type LiveCluster, namespace } from "../support/liveCluster";
import { writeCaBundle } from "../support/liveControlPlane";
import { pattern } from "../support/pattern";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";

const SETTLED_MS = 30_000;
const GATEWAYS = "/apis/apps/v1/namespaces/edge/deployments";
const BOTH = [{ revision: OLD }, { revision: NEW, version: NEWEST }];

function gateway(name: string, ...revisions: readonly string[]) {
  return {
    name,
    namespace: "edge",
    protect: false,
    replicas: revisions.length,
    service: { type: "ClusterIP" },
    revisions: revisions.map((revision) => ({ revision })),
  };
}

/** Updates and destroys go without a preview here. */
describe("removal that is refused, before anything has gone", () => {
  const stage = stages();
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  /** A namespace of somebody else's. */
  const shop = (label?: string) =>
    live.apply(namespace("shop", label === undefined ? {} : { "istio.io/rev": label }));

  /**
   * Pods of the gateways, by their UIDs: one that has been made anew has another. Those of a gateway
   * that is gone follow it a little later.
   */
  async function gatewayPods(): Promise<string[]> {
    let pods: JsonObject[] = [];
    let gateways: JsonObject[] = [];
    await until(
      async () => {
        gateways = await listAll(live.cluster, GATEWAYS);
        pods = await listAll(live.cluster, "/api/v1/namespaces/edge/pods");
        return pods.length === gateways.length;
      },
      SETTLED_MS,
      () => `${pods.length} pods of ${gateways.length} gateways with one pod each`,
    );
    return pods.map((pod) => String(getPath(pod, "metadata.uid"))).sort();
  }

  async function exists(path: string): Promise<boolean> {
    return (await live.cluster.call("GET", path)).status === 200;
  }

  /** What the state has, by name. */
  async function resources(): Promise<string[]> {
    const { deployment } = JSON.parse(await stack.stateText()) as {
      deployment: { resources: { urn: string }[] };
    };
    return deployment.resources.map(({ urn }) => urn).sort();
  }

  before(async function () {
    ({ api, live, stack } = await kwokStack(await toolsFor(this), "removal", {
      "mesh:version": PREVIOUS,
      "mesh:revisions": BOTH,
    }));
    await shop();
    await stack.up();
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${OLD}`);
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${NEW}`);
    stack.configure({
      "mesh:tags": { stable: OLD },
      "mesh:gateways": [gateway("web", NEW), gateway("out", OLD), gateway("api", NEW)],
      "mesh:namespaces": [{ name: "cart", revision: "stable", create: true }],
    });
    await stack.up();
  });

  after(async () => {
    await api?.stop();
  });

  stage("a destroy: the gateways keep their pods, and the state everything", async () => {
    await shop(OLD);
    const [pods, before] = [await gatewayPods(), await resources()];
    assert.equal(pods.length, 3);
    const { output } = await stack.failure("destroy");
    assert.match(
      output,
      pattern`the control plane ${OLD} is still used by namespace shop; fix: move these`,
    );
    assert.doesNotMatch(output, pattern`control plane ${NEW} is still used`);
    assert.deepEqual(await gatewayPods(), pods);
    assert.deepEqual(await resources(), before);
  });

  stage("a destroy without its program, too", async () => {
    const pods = await gatewayPods();
    await assert.rejects(stack.destroy(), /run-program/);
    assert.deepEqual(await gatewayPods(), pods);
  });

  stage("a destroy is refused in its preview already", async () => {
    const { code, output } = await stack.pulumi([
      ...["destroy", "--preview-only", "--run-program", "--stack", stack.name],
    ]);
    assert.notEqual(code, 0, output);
    assert.match(output, pattern`the control plane ${OLD} is still used by namespace shop`);
  });

  stage("a gateway and a namespace of the mesh go all the same", async () => {
    stack.configure({
      "mesh:gateways": [gateway("web", NEW), gateway("out", OLD)],
      "mesh:namespaces": [],
    });
    await stack.up();
    assert.equal(await exists(`${GATEWAYS}/api-${NEW}`), false);
    assert.equal(await exists("/api/v1/namespaces/cart"), false);
  });

  stage("an update that takes a control plane and its gateway away: both stay", async () => {
    stack.configure({
      "mesh:version": NEWEST,
      "mesh:revisions": [{ revision: NEW }],
      "mesh:tags": {},
      "mesh:gateways": [gateway("web", NEW)],
    });
    const pods = await gatewayPods();
    for (const attempt of ["first", "second"]) {
      const { output } = await stack.failure();
      assert.match(
        output,
        pattern`the control plane ${OLD} is still used by namespace shop`,
        attempt,
      );
      assert.deepEqual(await gatewayPods(), pods, attempt);
    }
    await live.get(`${GATEWAYS}/out-${OLD}`);
  });

  stage("and goes once the namespace has moved: what goes with it does not hold it", async () => {
    await shop(NEW);
    await stack.up();
    assert.equal(await exists(`${GATEWAYS}/out-${OLD}`), false);
    const path = `/apis/apps/v1/namespaces/istio-system/deployments/istiod-${OLD}`;
    assert.equal(await exists(path), false);
  });

  stage("a gateway that is protected holds everything, not only itself", async () => {
    await shop();
    const more = [{ ...gateway("web", NEW), protect: true }, gateway("out", NEW)];
    stack.configure({ "mesh:gateways": more });
    await stack.up();
    const [pods, before] = [await gatewayPods(), await resources()];
    const { output } = await stack.failure("destroy");
    assert.match(
      output,
      /gateway edge\/web cannot be deleted because it is protected; fix: set its/,
    );
    assert.doesNotMatch(output, /gateway edge\/out cannot/);
    assert.deepEqual(await gatewayPods(), pods);
    assert.deepEqual(await resources(), before);
    await stack.destroy(["--run-program", "--exclude-protected"]);
    assert.deepEqual(await gatewayPods(), pods);
    stack.configure({ "mesh:gateways": [gateway("web", NEW)] });
    await stack.up();
  });

  stage("without one, nothing holds the rest", async () => {
    await stack.destroy(["--run-program"]);
    assert.equal(await exists(`${GATEWAYS}/web-${NEW}`), false);
  });
});
