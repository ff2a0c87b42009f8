import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { readKubernetesVersion } from "../../adapters/cluster/objects";
import type { ObjectDiff } from "../../mesh/diff/objects";
import { isCrd, type K8sObject } from "../../mesh/k8s/objects";
import { compareMinors, minorOf } from "../../mesh/model/minors";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import { type ApiServer, startApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { limitedUser, READER } from "../support/limitedUser";
import { liveCluster } from "../support/liveCluster";
import { parseManifests } from "../support/manifests";
import { pattern } from "../support/pattern";
import { type Finished, mesh } from "../support/run";
import { TestStack } from "../support/stack";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

/** Field manager of the stack `test`. */
const OWN = "pulumi-service-mesh/me/mesh/test";

describe("mesh manifest diff", () => {
  let tools: Tools;
  const folder = temporaryFolder("diff");

  before(async function () {
    tools = await toolsFor(this);
    mkdirSync(join(folder, "rendered"));
    const config = { "mesh:version": NEWEST, "mesh:profile": "minimal", "mesh:revision": "blue" };
    writeFileSync(join(folder, "Pulumi.yaml"), dump({ name: "mesh", runtime: "nodejs" }));
    writeFileSync(
      join(folder, "Pulumi.test.yaml"),
      dump({ config: { ...config, "mesh:renderDirectory": "rendered" } }),
    );
  });

  function run(...args: readonly string[]): Promise<Finished> {
    return mesh([...args, "--charts", tools.charts], { cwd: folder });
  }

  async function diff(...args: readonly string[]): Promise<ObjectDiff[]> {
    const { code, stdout, stderr } = await run("manifest", "diff", ...args, "-o", "json");
    const diffs = JSON.parse(stdout) as ObjectDiff[];
    assert.equal(code, diffs.length === 0 ? 0 : 1, stderr);
    return diffs;
  }

  const minimal = ["--profile", "minimal"];

  it("two sets of overlays: a field inside a ConfigMap's text has a path of its own", async () => {
    const diffs = await diff(...minimal, "strict-mtls", "strict-mtls,access-log-json");
    const config = diffs.find(({ title }) => title === "ConfigMap istio-system/istio");
    assert.deepEqual(config?.fields, [
      { path: "data.mesh/accessLogEncoding", to: "JSON" },
      { path: "data.mesh/accessLogFile", to: "/dev/stdout" },
    ]);
  });

  it("an option and its absence: objects that are added", async () => {
    const diffs = await diff(...minimal, "--to-option", "cni-gcp");
    const added = diffs.filter(({ change }) => change === "added").map(({ title }) => title);
    assert.ok(added.includes("DaemonSet kube-system/istio-cni-node"), added.join(", "));
  });

  it("two versions", async () => {
    const diffs = await diff(...minimal, "--istio-version", PREVIOUS, "--to-istio-version", NEWEST);
    const istiod = diffs.find(({ title }) => title === "Deployment istio-system/istiod");
    const image = istiod?.fields.find(({ path }) =>
      /containers\[name:discovery\]\.image$/.test(path),
    );
    assert.deepEqual(
      [image?.from, image?.to],
      [`docker.io/istio/pilot:${PREVIOUS}`, `docker.io/istio/pilot:${NEWEST}`],
    );
  });

  it("a stack and what it was rendered to, before and after an edit", async () => {
    const { code } = await run("manifest", "generate", "--stack", "test", "--out-dir", "rendered");
    assert.equal(code, 0);
    assert.deepEqual(await diff("--stack", "test"), []);
    const edited = await diff("--stack", "test", "--set", "components.pilot.k8s.replicaCount=3");
    // Since 1.31, istioctl makes the number of replicas a value of the chart too, and istiod's values are recorded.
    assert.deepEqual(
      edited.map(({ title }) => title),
      ["ConfigMap istio-system/values-blue", "Deployment istio-system/istiod-blue"],
    );
    assert.deepEqual(edited[1]?.fields, [{ path: "spec.replicas", to: 3 }]);
  });

  describe("--cluster, on a real API server", () => {
    let api: ApiServer;

    before(async function () {
      this.timeout(0);
      api = await startApiServer();
    });
    after(() => api?.stop());

    const against = (...args: string[]) =>
      diff("--cluster", "--kubeconfig", api.kubeconfig, "--stack", "test", ...args);

    it("everything is added where there is nothing", async () => {
      const diffs = await against();
      assert.ok(diffs.length > 20);
      assert.ok(diffs.every(({ change }) => change === "added"));
    });

    it("nothing differs from what was applied, and nothing is changed by asking", async () => {
      const { stdout } = await run("manifest", "generate", "--stack", "test");
      const live = liveCluster(api.kubeconfig, OWN);
      for (const object of parseManifests(stdout)) {
        await live.apply(object);
      }
      assert.deepEqual(await against(), []);
      const edited = ["--set", "components.pilot.k8s.replicaCount=3"];
      const [first, second] = [await against(...edited), await against(...edited)];
      assert.deepEqual(first, second);
      const istiod = first.find(({ title }) => title === "Deployment istio-system/istiod-blue");
      assert.deepEqual(istiod?.fields, [{ path: "spec.replicas", from: 1, to: 3 }]);
    });

    it("a field that is given up shows as removed", async () => {
      const live = liveCluster(api.kubeconfig, OWN);
      const { stdout } = await run("manifest", "generate", "--stack", "test");
      const istiod = parseManifests(stdout).find(
        ({ kind, metadata }) => kind === "Service" && metadata.name === "istiod-blue",
      );
      assert.ok(istiod);
      const annotations = { "example.com/mine": "x" };
      await live.apply({ ...istiod, metadata: { ...istiod.metadata, annotations } });
      const service = (await against()).find(({ title }) => title.startsWith("Service "));
      assert.match(JSON.stringify(service?.fields), /example\\\\\.com\/mine|annotations/);
    });

    it("an object of the stack that the input has no more is removed, others are not shown", async () => {
      const data = { a: "b" };
      const map = (name: string): K8sObject => {
        const metadata = { name, namespace: "istio-system" };
        return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
      };
      await liveCluster(api.kubeconfig, OWN).apply(map("former"));
      await liveCluster(api.kubeconfig, "pulumi-service-mesh/me/mesh/other").apply(map("others"));
      const gone = (await against()).filter(({ change }) => change === "removed");
      assert.deepEqual(
        gone.map(({ title }) => title),
        ["ConfigMap istio-system/former"],
      );
    });

    it("without the right to write, what is set is compared, and that is said", async () => {
      const reader = await limitedUser(api.kubeconfig, "reader", READER);
      const args = ["--cluster", "--kubeconfig", reader, "--stack", "test"];
      const edit = ["--set", "components.pilot.k8s.replicaCount=3"];
      const { code, stdout, stderr } = await run(
        "manifest",
        "diff",
        ...args,
        ...edit,
        "-o",
        "json",
      );
      assert.equal(code, 1, stderr);
      assert.match(stderr, /objects were compared by the fields that are set: .*cannot patch/);
      const diffs = JSON.parse(stdout) as ObjectDiff[];
      const istiod = diffs.find(({ title }) => title === "Deployment istio-system/istiod-blue");
      assert.deepEqual(istiod?.fields, [{ path: "spec.replicas", from: 1, to: 3 }]);
    });

    describe("objects are checked by the schemas of the cluster's own Kubernetes", () => {
      // Kubernetes 1.37 has it, which is the newest known: without a cluster it is taken.
      const patches = [{ path: "spec.template.spec.evictionResponders", value: [] }];
      const overlays = [{ kind: "Deployment", name: "istiod-blue", patches }];
      const overlay = {
        apiVersion: "install.istio.io/v1alpha1",
        kind: "IstioOperator",
        spec: { components: { pilot: { k8s: { overlays } } } },
      };
      let minor: string;
      let refusal: RegExp;

      before(async () => {
        const { cluster } = liveCluster(api.kubeconfig, OWN);
        minor = minorOf(await readKubernetesVersion(cluster));
        refusal = pattern`the API server would refuse Deployment istio-system/istiod-blue: spec\.template\.spec\.evictionResponders is no field of Kubernetes ${minor}`;
      });

      it("in the command", async function () {
        if (compareMinors(minor, "1.37") >= 0) {
          this.skip();
        }
        writeFileSync(join(folder, "newer.yaml"), dump(overlay));
        const args = ["-f", "newer.yaml", "--stack", "test"];
        const offline = await run("manifest", "generate", ...args);
        assert.equal(offline.code, 0, offline.stderr);
        const cluster = ["--cluster", "--kubeconfig", api.kubeconfig];
        for (const call of [
          ["manifest", "diff", ...cluster],
          ["precheck", "--kubeconfig", api.kubeconfig],
        ]) {
          const { stderr } = await run(...call, ...args);
          assert.match(stderr, refusal);
        }
      });

      it("in a preview", async function () {
        if (compareMinors(minor, "1.37") >= 0) {
          this.skip();
        }
        const stack = await TestStack.create(tools, "newer", {
          "mesh:target": "cluster",
          "mesh:kubeconfig": api.kubeconfig,
          "mesh:version": NEWEST,
          "mesh:profile": "minimal",
          "mesh:revision": "blue",
          "mesh:overlays": [overlay],
        });
        const { output, changes } = await stack.failure("preview");
        assert.match(output, refusal);
        assert.ok(!changes.some(({ type }) => type.startsWith("kubernetes:")));
      });
    });

    it("a cluster that does not answer is trouble: exit code 2", async () => {
      const kubeconfig = join(folder, "nowhere");
      const cluster = { server: "https://127.0.0.1:1" };
      writeFileSync(
        kubeconfig,
        dump({
          apiVersion: "v1",
          kind: "Config",
          "current-context": "x",
          contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
          clusters: [{ name: "x", cluster }],
          users: [{ name: "x", user: {} }],
        }),
      );
      const args = ["manifest", "diff", "--cluster", "--kubeconfig", kubeconfig, ...minimal];
      const { code, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.match(stderr, /127\.0\.0\.1:1/);
    });
  });

  describe("--stack, after a real update", () => {
    let api: ApiServer;
    let one: TestStack;
    let two: TestStack;

    const liveStack = (name: string, config: Readonly<Record<string, unknown>>) =>
      TestStack.create(tools, name, {
        "mesh:target": "cluster",
        "mesh:kubeconfig": api.kubeconfig,
        "mesh:profile": "minimal",
        ...config,
      });

    before(async function () {
      this.timeout(0);
      api = await startKwokCluster({ webhooks: false });
      one = await liveStack("one", {
        "mesh:version": PREVIOUS,
        "mesh:revision": "one",
        "mesh:overlays": ["cni-gcp", "strict-mtls"],
        "mesh:tags": { prod: "one" },
        "mesh:namespaces": [{ name: "shop", revision: "one", create: true }],
      });
      two = await liveStack("two", {
        "mesh:version": PREVIOUS,
        "mesh:revision": "two",
        "mesh:overlays": ["strict-mtls"],
        "mesh:adopt": "all",
        "mesh:namespaces": [{ name: "team", revision: "two", create: true }],
      });
    });
    after(() => api?.stop());

    /** What differs, with no kubeconfig but the stack's own. */
    async function differences(stack: TestStack, ...flags: string[]): Promise<ObjectDiff[]> {
      const args = ["manifest", "diff", "--stack", stack.name, "-o", "json", ...flags];
      const env = { KUBECONFIG: undefined, HOME: stack.folder };
      const { code, stdout, stderr } = await mesh(args, { cwd: stack.folder, env });
      const diffs = JSON.parse(stdout) as ObjectDiff[];
      assert.equal(code, diffs.length === 0 ? 0 : 1, stderr);
      return diffs;
    }

    it("an unchanged stack has no difference, also beside another one and newer CRDs", async () => {
      await one.up();
      assert.deepEqual(await differences(one), []);
      await two.up();
      assert.deepEqual(await differences(one), []);
      assert.deepEqual(await differences(one, "--cluster"), []);
      assert.deepEqual(await differences(two), []);
      const { stdout } = await run("manifest", "generate", "--istio-version", NEWEST);
      const crds = liveCluster(api.kubeconfig, "pulumi-service-mesh");
      for (const crd of parseManifests(stdout).filter(isCrd)) {
        await crds.apply(crd);
      }
      assert.deepEqual(await differences(one), []);
    }).timeout(0);

    it("an edit, and an object that goes, show and nothing else", async () => {
      await one.up();
      one.configure({ "mesh:tags": {}, "mesh:set": ["components.pilot.k8s.replicaCount=3"] });
      const changes = (await differences(one)).map(({ change, title }) => `${change} ${title}`);
      assert.ok(changes.includes("changed Deployment istio-system/istiod-one"), changes.join());
      assert.ok(
        changes.includes("removed MutatingWebhookConfiguration istio-revision-tag-prod"),
        changes.join(),
      );
      assert.ok(!changes.some((change) => / (team|shop|Custom)/.test(change)), changes.join());
    }).timeout(0);
  });
});
