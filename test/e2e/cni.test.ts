import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../mesh/common/json";
import { annotationsOf } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { type Answer, request } from "../node/request";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";
import { backendPod, CNI_NODE, cniConfig, initContainers } from "./cniMesh";
import { nodeStack } from "./nodeStack";
import { PodStream, type Streamed } from "./podStream";
import { untilReady } from "./shop";

const SERVED_MS = 60_000;

/** A pod that came while no plugin was there has to wait until it is made anew. */
const UNBLOCKED_MS = 180_000;

/** How many come before, during and after the upgrade at least. */
const WORKLOADS = 12;

const NS = "meshed";
const labels = { app: "echo" };

/** The CNI plugin sets up the network of pods with a proxy, and its upgrade blocks none of them. */
describe("the CNI plugin on a real node", () => {
  const stage = stages();
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    node = await nodeFor(this, { cni: [PREVIOUS, NEWEST] });
    live = liveCluster(node.kubeconfig);
    stack = await nodeStack(await toolsFor(this), node, "cni", {
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: NEWEST }],
      ...cniConfig(node),
    });
  });

  after(async () => {
    await node?.stop();
  });

  const plugins = () => {
    const text = readFileSync(join(node.cni.configuration, "10-pods.conflist"), "utf8");
    const list = JSON.parse(text) as { plugins: { type: string }[] };
    return list.plugins.map(({ type }) => type);
  };

  async function agentImage(): Promise<string> {
    const { status, spec } = await live.get(CNI_NODE);
    const { numberReady, updatedNumberScheduled } = status as Record<string, number>;
    assert.deepEqual([numberReady, updatedNumberScheduled], [1, 1], JSON.stringify(status));
    const [container] = getPath(spec as JsonObject, "template.spec.containers") as JsonObject[];
    return String(container?.image);
  }

  function echo(revision: string): K8sObject[] {
    const metadata = { name: "echo", namespace: NS };
    const template = { metadata: { labels }, spec: backendPod() };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    const ports = [{ name: "http", port: 80, targetPort: 8080 }];
    return [
      namespace(NS, { "istio.io/rev": revision }),
      { apiVersion: "apps/v1", kind: "Deployment", metadata, spec } as unknown as K8sObject,
      { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports } },
    ];
  }

  /** The backend's pod that stays. */
  async function backend(): Promise<JsonObject> {
    const list = await live.get(`/api/v1/namespaces/${NS}/pods?labelSelector=app%3Decho`);
    const [pod] = (list.items as JsonObject[]).filter(
      (each) => getPath(each, "metadata.deletionTimestamp") === undefined,
    );
    assert.ok(pod);
    return pod;
  }

  /** The backend's pod, made anew. */
  async function remade(reason: string): Promise<JsonObject> {
    const path = `/apis/apps/v1/namespaces/${NS}/deployments/echo`;
    const template = { metadata: { annotations: { reason } } };
    await live.cluster.call("PATCH", path, { spec: { template } }, "merge");
    await untilReady(live, NS, "echo");
    return backend();
  }

  /** Traffic to the backend comes by way of its proxy. */
  async function untilServedByProxy(): Promise<void> {
    const service = await live.get(`/api/v1/namespaces/${NS}/services/echo`);
    const url = `http://${getPath(service, "spec.clusterIP")}:80`;
    let last: Answer | undefined;
    await until(
      async () => {
        last = await request(node, url, "echo").catch(() => undefined);
        return last?.status === 200;
      },
      SERVED_MS,
      () => JSON.stringify(last),
    );
    assert.equal(last?.body, "served\n");
    assert.equal(last?.headers.server, "istio-envoy");
  }

  stage("is installed beside the node's own plugin", async () => {
    await stack.up();
    assert.equal(await agentImage(), `docker.io/istio/install-cni:${PREVIOUS}`);
    assert.deepEqual(plugins(), ["bridge", "istio-cni"]);
    assert.ok(existsSync(join(node.cni.plugins, "istio-cni")));
  });

  stage("leads a pod's traffic to its proxy, with no istio-init", async () => {
    for (const object of echo(OLD)) {
      await live.apply(object);
    }
    await untilReady(live, NS, "echo");
    const names = initContainers(await backend());
    assert.ok(names.includes("istio-validation") && !names.includes("istio-init"), names.join());
    await untilServedByProxy();
  });

  stage("its upgrade blocks no pod, nor its own", async () => {
    const stream = new PodStream({
      live,
      namespace: NS,
      spec: backendPod(),
      everyMs: 2000,
      mostOpen: 4,
    });
    stack.configure({ "mesh:version": NEWEST, "mesh:revisions": revisions(PREVIOUS) });
    const update = await stack.up();
    await until(
      () => stream.all.length >= WORKLOADS,
      UNBLOCKED_MS,
      () => JSON.stringify(stream.all),
    );
    const streamed = await stream.stop(UNBLOCKED_MS);
    assert.match(update.output, /istio-cni-node/);
    assert.equal(await agentImage(), `docker.io/istio/install-cni:${NEWEST}`);
    assert.deepEqual(plugins(), ["bridge", "istio-cni"]);
    const blocked = streamed.filter(({ seconds }) => seconds === undefined);
    assert.deepEqual(blocked, []);
    console.log(summary(streamed));
  });

  const revisions = (old: string) => [
    { revision: OLD, version: old },
    { revision: NEW, version: NEWEST },
  ];

  function summary(streamed: readonly Streamed[]): string {
    const times = streamed.map(({ seconds = 0 }) => seconds).sort((a, b) => a - b);
    const [median, most] = [times[Math.floor(times.length / 2)], times.at(-1)];
    const again = streamed.filter((each) => each.pods > 1).length;
    return `      ${times.length} workloads came meanwhile: ready after ${median?.toFixed(1)} s (median), ${most?.toFixed(1)} s (most); of ${again} a pod was made anew`;
  }

  stage("afterwards serves pods of both revisions", async () => {
    for (const revision of [NEW, OLD]) {
      await live.apply(namespace(NS, { "istio.io/rev": revision }));
      const pod = await remade(revision);
      assert.equal(annotationsOf(pod)["istio.io/rev"], revision);
      await untilServedByProxy();
    }
    assert.deepEqual((await stack.preview()).changes, []);
  });

  stage("leaves the node as it was, and pods bring istio-init again", async () => {
    const overlays = cniConfig(node)["mesh:overlays"] as unknown[];
    stack.configure({ "mesh:cni": undefined, "mesh:overlays": overlays.slice(0, 1) });
    await stack.up();
    await until(
      async () => !plugins().includes("istio-cni"),
      SERVED_MS,
      () => plugins().join(),
    );
    assert.ok(!existsSync(join(node.cni.plugins, "istio-cni")));
    assert.ok(initContainers(await remade("without")).includes("istio-init"));
    await untilServedByProxy();
  });
});
