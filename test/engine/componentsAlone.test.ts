import assert from "node:assert/strict";
import { renderTools } from "../../adapters/renderTools";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEWEST } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { type InjectingCluster, injectingCluster } from "../support/injectingCluster";
import { type LiveCluster, liveCluster, namespace, untilAt } from "../support/liveCluster";
import { installControlPlane } from "../support/liveControlPlane";
import { programStack } from "../support/programStack";
import type { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";
import { watchEndpoints } from "../support/watchLeast";

const [OLD, NEW] = ["old", "new"];
const EDGE = "/apis/apps/v1/namespaces/edge/deployments";
const OVERLAYS = "/apis/apps/v1/namespaces/istio-system/deployments/istio-ingressgateway";

const ready = (object: JsonObject) => Number(getPath(object, "status.readyReplicas") ?? 0);

function autoscaler(deployment: string, at: string, least: number): K8sObject {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "mine", namespace: at },
    spec: {
      minReplicas: least,
      maxReplicas: 9,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    },
  };
}

function selecting(labels: Readonly<Record<string, string>>, name = "mine"): K8sObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "edge" },
    spec: { selector: { ...labels }, ports: [{ port: 80, targetPort: 8080 }] },
  };
}

/** Real updates on a real API server, of programs that use the components without a ServiceMesh. */
describe("a component without a ServiceMesh treats what is in its cluster as a mesh does", () => {
  let tools: Tools;
  let cluster: InjectingCluster;
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
    cluster = await injectingCluster(tools);
    const { injector } = cluster;
    ({ api, live } = cluster);
    await live.apply(namespace("edge"));
    const render = renderTools({ kind: "folder", path: tools.charts });
    for (const revision of [OLD, NEW]) {
      injector.images.set(revision, `hub/proxyv2:${revision}`);
      await installControlPlane(live, render, revision, { injector });
    }
  });

  after(async () => {
    await cluster?.stop();
  });

  beforeEach(async () => {
    stack = await programStack(tools, "alone");
  });

  const declare = (program: JsonObject) =>
    stack.configure({ "mesh:program": { kubeconfig: api.kubeconfig, ...program } });

  async function refused(pattern: RegExp): Promise<void> {
    for (const command of ["preview", "up"] as const) {
      assert.match((await stack.failure(command)).output, pattern);
    }
  }

  describe("a gateway", () => {
    const web = (more: JsonObject = {}, revision: string = OLD, adopt?: string) =>
      declare({
        gateway: {
          name: "web",
          namespace: "edge",
          replicas: 2,
          protect: false,
          revisions: [{ revision }],
          ...more,
        },
        ...(adopt !== undefined && { adopt }),
      });

    afterEach(async () => {
      // The program no longer contains the gateway, and no hook of it.
      declare({});
      await stack.up();
      assert.equal((await live.cluster.call("GET", `${EDGE}/web-${OLD}`)).status, 404);
      for (const left of [autoscaler("", "edge", 1), selecting({})]) {
        await live.remove(left);
      }
    });

    it("keeps the pods that an autoscaler of somebody else's has set", async () => {
      web();
      await stack.up();
      await live.apply(autoscaler(`web-${OLD}`, "edge", 5));
      await untilAt(live, `${EDGE}/web-${OLD}`, (object) => ready(object) === 5);
      const endpoints = await watchEndpoints(api.kubeconfig, "edge", "web", 5);
      web({ restart: "again" });
      assert.match((await stack.preview()).output, /Deployment edge\/web-old: its 5 pods stay/);
      await stack.up();
      assert.equal(getPath(await live.get(`${EDGE}/web-${OLD}`), "spec.replicas"), 5);
      assert.equal(endpoints.value(), 5);
      endpoints.stop();
      assert.deepEqual((await stack.preview()).changes, []);
    });

    it("is not given other pod labels by which its Service would lose its pods", async () => {
      web();
      await stack.up();
      web({ labels: { app: "shop" } });
      await refused(/labels: the pods of Service edge\/web get other labels/);
    });

    it("does not leave a revision that a Service of somebody else's selects", async () => {
      web();
      await stack.up();
      await live.apply(selecting({ app: "web", "istio.io/rev": OLD }));
      web({}, NEW);
      await refused(/Service edge\/mine/);
    });

    it("names what others have put into its Deployment, before it changes it", async () => {
      web();
      await stack.up();
      const edit = liveCluster(api.kubeconfig, "kubectl-edit");
      await edit.apply({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: `web-${OLD}`, namespace: "edge" },
        spec: { template: { spec: { containers: [{ name: "debug", image: "debug:1" }] } } },
      });
      web({ restart: "again" });
      assert.match(
        (await stack.preview()).output,
        /Deployment edge\/web-old: has what the mesh does not have it have: containers\[debug\] \(by kubectl-edit\); .*fix: take them away: kubectl -n edge patch/,
      );
    });

    it("takes over what exists only with consent", async () => {
      await live.apply(selecting({ app: "other" }, "web"));
      web();
      await refused(/Service edge\/web/);
      web({}, OLD, "all");
      await stack.up();
      const { spec } = await live.get("/api/v1/namespaces/edge/services/web");
      assert.notEqual(getPath({ spec: spec as JsonObject }, "spec.selector.app"), "other");
    });
  });

  describe("the gateways of overlays", () => {
    const overlay = (k8s: JsonObject, label?: JsonObject) => {
      const gateway = {
        name: "istio-ingressgateway",
        enabled: true,
        ...(label !== undefined && { label }),
        k8s: { replicaCount: 2, service: { type: "ClusterIP" }, ...k8s },
      };
      const spec = {
        components: { ingressGateways: [gateway] },
        values: { gateways: { "istio-ingressgateway": { autoscaleEnabled: false } } },
      };
      const charts = { kind: "folder", path: tools.charts };
      declare({ overlay: { version: NEWEST, revision: OLD, charts, spec } });
    };

    it("keep the pods that an autoscaler of somebody else's has set, and their labels", async () => {
      overlay({});
      await stack.up();
      await live.apply(autoscaler("istio-ingressgateway", "istio-system", 4));
      await untilAt(live, OVERLAYS, (object) => ready(object) === 4);
      overlay({ podAnnotations: { note: "two" } });
      await stack.up();
      assert.equal(getPath(await live.get(OVERLAYS), "spec.replicas"), 4);
      overlay({}, { app: "shop", istio: "shop" });
      await refused(
        /Deployment istio-system\/istio-ingressgateway: spec\.selector: .*never changes/,
      );
    });
  });
});
