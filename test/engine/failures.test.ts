import assert from "node:assert/strict";
import { renderTools } from "../../adapters/renderTools";
import type { JsonObject } from "../../mesh/common/json";
import { labelsOf } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { until } from "../node/wait";
import { type FakeInjector, startFakeInjector } from "../support/fakeInjector";
import { type LiveCluster, liveCluster, namespace, untilAt } from "../support/liveCluster";
import { installControlPlane, WEBHOOKS } from "../support/liveControlPlane";
import { pattern } from "../support/pattern";
import { programStack } from "../support/programStack";
import { TestStack } from "../support/stack";
import { useTestCache } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

/** How long the API server may take to take in a changed webhook. */
const UNTIL_TAKEN_IN_MS = 30_000;

const EDGE = "/apis/apps/v1/namespaces/edge/deployments";

describe("what does not come up is explained", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let undo: () => void;

  before(async function () {
    tools = await toolsFor(this);
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    api = await startKwokCluster();
    live = liveCluster(api.kubeconfig);
    await Promise.all(["istio-system", "edge"].map((name) => live.apply(namespace(name))));
  });

  after(async () => {
    await api?.stop();
    undo?.();
  });

  describe("a gateway's canary", () => {
    let injector: FakeInjector;
    let stack: TestStack;

    before(async () => {
      injector = await startFakeInjector(api);
      stack = await programStack(tools, "failures");
    });

    /** Brings the gateway to what a test starts from, whatever the test before did. */
    async function startFrom(weights: Readonly<Record<string, number>>): Promise<void> {
      const render = renderTools({ kind: "folder", path: tools.charts });
      for (const revision of [OLD, NEW]) {
        injector.images.set(revision, `hub/proxyv2:${revision}`);
        await installControlPlane(live, render, revision, { injector });
        await untilInjection(revision, "answers");
      }
      declare(weights);
      await stack.up();
    }

    /**
     * Waits until the API server uses what a revision's webhook has become, as it takes in a change a
     * moment later. It is asked for a pod, of which it makes none.
     */
    async function untilInjection(revision: string, wanted: "answers" | "fails"): Promise<void> {
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "trial", labels: { "istio.io/rev": revision } },
        spec: { containers: [{ name: "istio-proxy", image: "auto" }] },
      };
      const path = "/api/v1/namespaces/edge/pods?dryRun=All";
      let answer = "";
      await until(
        async () => {
          answer = JSON.stringify((await live.cluster.call("POST", path, pod)).body);
          return wanted === "answers"
            ? answer.includes(`hub/proxyv2:${revision}`)
            : answer.includes("failed calling webhook");
        },
        UNTIL_TAKEN_IN_MS,
        () => `the webhook of ${revision}: ${answer}`,
      );
    }

    after(() => injector?.stop());

    function declare(
      weights: Readonly<Record<string, number>>,
      more: JsonObject = {},
      timeoutSeconds = 60,
    ): void {
      const revisions = Object.entries(weights).map(([revision, weight]) => ({ revision, weight }));
      const gateway = { name: "web", namespace: "edge", replicas: 4, revisions, ...more };
      const program = { kubeconfig: api.kubeconfig, gateway, timeoutSeconds };
      stack.configure({ "mesh:program": program });
    }

    /** What serves: the old Deployment's wish, its pods and the Service. */
    async function serving(): Promise<unknown> {
      const { items } = await live.get("/api/v1/namespaces/edge/pods");
      const pods = (items as JsonObject[]).filter(
        (pod) => labelsOf(pod)["istio.io/rev"] === OLD && isReady(pod),
      );
      const service = await live.get("/api/v1/namespaces/edge/services/web");
      return {
        pods: pods.map((pod) => getPath(pod, "metadata.name")).sort(),
        deployment: (await live.get(`${EDGE}/web-${OLD}`)).spec,
        service: { uid: getPath(service, "metadata.uid"), spec: service.spec },
      };
    }

    /** Until an update has reached a revision's Deployment. */
    async function untilChanged(revision: string, restart: string): Promise<void> {
      const path = `${EDGE}/web-${revision}`;
      await untilAt(live, path, ({ spec }) => JSON.stringify(spec).includes(`"${restart}"`));
    }

    function isReady(pod: JsonObject): boolean {
      const conditions = getPath(pod, "status.conditions") as JsonObject[];
      return conditions.some(({ type, status }) => type === "Ready" && status === "True");
    }

    it("with an image that does not exist leaves the old revision as it is, says why, and comes up once that is mended", async () => {
      await startFrom({ [OLD]: 100 });
      const before = await serving();
      injector.images.set(NEW, "hub/proxyv2:no-such-tag");
      declare({ [OLD]: 75, [NEW]: 25 }, {}, 20);
      const { output } = await stack.failure();
      assert.match(
        output,
        /warning: .* does not come up: pod .*waits 20 s for it; Ctrl-C ends that/,
      );
      assert.match(output, pattern`Deployment edge/web-${NEW} did not come up within 20 s`);
      assert.match(
        output,
        pattern`cause: pod web-${NEW}-\S+, container istio-proxy: the image hub/proxyv2:no-such-tag cannot be pulled \(ImagePullBackOff\): Failed to pull image: manifest unknown`,
      );
      assert.match(output, pattern`still serving: Deployment web-${OLD} \(4 of 4 pods available\)`);
      assert.match(output, /to continue: correct the image's hub and tag, .* and replace the pods/);
      assert.match(output, pattern`web-${OLD}:edge/web-${OLD} keeps its pods`);
      assert.deepEqual(await serving(), before);

      // It is waited for again as long as nothing is mended.
      declare({ [OLD]: 75, [NEW]: 25 }, {}, 8);
      const again = await stack.failure();
      assert.match(
        again.output,
        pattern`cause: pod web-${NEW}-\S+, container istio-proxy: the image`,
      );
      assert.deepEqual(
        again.changes.filter(({ op }) => op === "delete"),
        [],
      );

      // The image is there now, and its pods are made anew.
      injector.images.set(NEW, `hub/proxyv2:${NEW}`);
      declare({ [OLD]: 75, [NEW]: 25 }, { restart: "image" });
      await stack.up();
      assert.equal(getPath(await live.get(`${EDGE}/web-${NEW}`), "status.availableReplicas"), 1);
      assert.deepEqual((await stack.preview()).changes, []);
    });

    /** Lets the API server call the webhook of a revision where nothing listens. */
    async function breakInjection(): Promise<() => Promise<void>> {
      const path = `${WEBHOOKS}/istio-sidecar-injector-${NEW}`;
      const { apiVersion, kind, metadata, webhooks } = await live.get(path);
      const name = getPath(metadata as JsonObject, "name") ?? "";
      const labels = getPath(metadata as JsonObject, "labels") ?? {};
      const configuration = (url?: string) =>
        ({
          apiVersion,
          kind,
          metadata: { name, labels },
          webhooks: (webhooks as JsonObject[]).map((webhook) => ({
            ...webhook,
            clientConfig: { ...(webhook.clientConfig as JsonObject), ...(url && { url }) },
          })),
        }) as K8sObject;
      await live.apply(configuration("https://127.0.0.1:1/inject"));
      await untilInjection(NEW, "fails");
      return async () => {
        await live.apply(configuration());
        await untilInjection(NEW, "answers");
      };
    }

    it("whose webhook does not answer gets no pods; the webhook is named", async () => {
      await startFrom({ [OLD]: 75, [NEW]: 25 });
      const mend = await breakInjection();
      declare({ [OLD]: 75, [NEW]: 25 }, { restart: "webhook" }, 8);
      const { output } = await stack.failure();
      assert.match(output, /its pods cannot be created: .*failed calling webhook "\S+istio\.io"/);
      assert.match(output, /connection refused/);
      assert.match(output, /to continue: bring up what answers the webhook \S+istio\.io/);
      assert.match(output, /still serving: .*1 ready pod of its earlier template/);
      await mend();
      declare({ [OLD]: 75, [NEW]: 25 }, { restart: "webhook" });
      await stack.up();
    });

    it("that goes back to a template which it had before is waited for like a new one", async () => {
      await startFrom({ [OLD]: 75, [NEW]: 25 });
      declare({ [OLD]: 75, [NEW]: 25 }, { restart: "there" });
      await stack.up();
      const mend = await breakInjection();
      declare({ [OLD]: 75, [NEW]: 25 }, {}, 8);
      const { output } = await stack.failure();
      assert.match(output, pattern`web-${NEW} did not come up within 8 s`);
      assert.match(output, /its pods cannot be created: .*failed calling webhook/);
      await mend();
    });

    it("a restart of the API server meanwhile costs at most a rerun", async () => {
      await startFrom({ [OLD]: 75, [NEW]: 25 });
      declare({ [OLD]: 50, [NEW]: 50 }, { restart: "api" });
      const update = stack.pulumi(["up", "--yes", "--skip-preview", "--stack", stack.name]);
      await untilChanged(NEW, "api");
      await api.restart();
      const { code, output } = await update;
      if (code !== 0) {
        assert.match(output, /(did not come up|could not be applied).*\n.*to continue:/);
      }
      await stack.up();
      assert.deepEqual((await stack.preview()).changes, []);
    });
  });

  describe("a mesh", () => {
    let stack: TestStack;

    const revision = (name: string, tag: string) => ({ revision: name, tag });

    before(async () => {
      stack = await TestStack.create(tools, "failing", {
        "mesh:target": "cluster",
        "mesh:kubeconfig": api.kubeconfig,
        "mesh:version": NEWEST,
        "mesh:profile": "minimal",
        "mesh:adopt": "namespaces",
        "mesh:revisions": [revision("good", "good")],
      });
    });

    // What every test starts from, whatever the test before did.
    beforeEach(async () => {
      stack.configure({
        "mesh:revisions": [revision("good", "good")],
        "mesh:overlays": undefined,
        "mesh:set": undefined,
        "mesh:timeouts": undefined,
      });
      await stack.up();
    });

    it("whose new istiod crashes keeps the old one, and says how it ended", async () => {
      stack.configure({
        "mesh:revisions": [revision("good", "good"), revision("bad", "crashes")],
        "mesh:timeouts": { controlPlane: 8, cni: 8 },
      });
      const { output } = await stack.failure();
      assert.match(output, /Deployment istio-system\/istiod-bad did not come up within 8 s/);
      assert.match(
        output,
        /cause: pod istiod-bad-\S+, container discovery: ends instead of running \(CrashLoopBackOff, exit code 1, Error, 4 restarts\)/,
      );
      assert.match(output, /its log cannot be read/, "nothing has run here");
      assert.match(output, /still serving: .*Deployment istiod-good \(1 of 1 pod available\)/);
    });

    it("whose CNI plugin cannot be pulled names pod and image, and converges once that is mended", async () => {
      stack.configure({
        "mesh:timeouts": { controlPlane: 8, cni: 8 },
        "mesh:overlays": ["cni-gcp"],
        "mesh:set": ["values.cni.tag=no-such-tag"],
      });
      const { output } = await stack.failure();
      assert.match(output, /DaemonSet kube-system\/istio-cni-node did not come up within 8 s/);
      assert.match(
        output,
        /pod istio-cni-node-\S+, container install-cni: the image \S+:no-such-tag/,
      );
      assert.match(output, /still serving: nothing/);

      stack.configure({ "mesh:set": undefined, "mesh:timeouts": undefined });
      await stack.up();
      assert.deepEqual((await stack.preview()).changes, []);
    });
  });
});
