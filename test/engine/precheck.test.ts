import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gateFindings } from "../../adapters/checks/precheck/gate";
import { precheck } from "../../adapters/checks/precheck/precheck";
import { Reader } from "../../adapters/checks/precheck/reader";
import { type Cluster, openCluster, succeeded } from "../../adapters/cluster/cluster";
import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import type { Finding } from "../../mesh/checks/finding";
import type { DesiredMesh } from "../../mesh/checks/precheck/types";
import type { JsonObject } from "../../mesh/common/json";
import { identityOf, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { minorOf } from "../../mesh/model/minors";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import { minorFacts } from "../../mesh/model/versions";
import { generateManifests } from "../../mesh/plan/generate";
import { planMesh } from "../../mesh/plan/meshPlan";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster, namespace, pathOf } from "../support/liveCluster";
import { minorsBefore } from "../support/minors";
import { pattern } from "../support/pattern";
import { mesh } from "../support/run";
import { TestStack } from "../support/stack";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const USER = "deployer";
const SETTLED_MS = 60_000;

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GATEWAYS = `${CRDS}/gateways.networking.istio.io`;
const DEPLOYMENTS = "/apis/apps/v1/namespaces/istio-system/deployments";
const RBAC = "rbac.authorization.k8s.io/v1";

/** The mesh of the tests, as inputs and as a stack's configuration. */
const MESH: ServiceMeshInputs = {
  version: NEWEST,
  profile: "minimal",
  overlays: ["cni-gcp", "termination-drain-30s"],
  revisions: [{ revision: NEW }],
  namespaces: [{ name: "shop", revision: NEW, create: true }],
};

/** A new revision beside the old one, with gateways and namespaces. */
const UPGRADE: ServiceMeshInputs = {
  ...MESH,
  version: PREVIOUS,
  revisions: [{ revision: OLD }, { revision: NEW, version: NEWEST }],
  tags: { stable: OLD },
  gateways: [
    {
      name: "web",
      namespace: "istio-gateways",
      revisions: [
        { revision: OLD, weight: 90 },
        { revision: NEW, weight: 10 },
      ],
    },
    { name: "api", namespace: "istio-gateways", revisions: [{ revision: OLD }] },
  ],
  namespaces: ["shop", "pay", "blog", "news"].map((name) => ({
    name,
    revision: "stable",
    create: true,
  })),
};

function configuration(inputs: ServiceMeshInputs): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`mesh:${key}`, value]));
}

/** Records the calls that are made. */
function counted(cluster: Cluster): { readonly cluster: Cluster; readonly calls: string[] } {
  const calls: string[] = [];
  const call: Cluster["call"] = (method, path, ...rest) => {
    calls.push(`${method} ${path}`);
    return cluster.call(method, path, ...rest);
  };
  return { cluster: { call }, calls };
}

const isWorse = ({ severity }: Finding) => severity === "error" || severity === "warning";

describe("precheck on a real API server", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let cluster: Cluster;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
    // No istiod runs, so nothing answers its webhooks.
    api = await startKwokCluster({ webhooks: false });
    live = liveCluster(api.kubeconfig);
    cluster = openCluster({ kind: "cluster", kubeconfig: api.kubeconfig });
    stack = await TestStack.create(tools, "live", {
      ...configuration(MESH),
      "mesh:target": "cluster",
      "mesh:kubeconfig": await userKubeconfig(),
    });
  });

  after(async () => {
    await api?.stop();
  });

  /** A user who starts without any right. */
  async function userKubeconfig(): Promise<string> {
    const account = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: USER, namespace: "default" },
    };
    await live.apply(account);
    const path = `${pathOf(account)}/token`;
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 7200 },
    };
    const answer = succeeded(path, await cluster.call("POST", path, request));
    const file = join(temporaryFolder("user"), "kubeconfig");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster: { server: api.url, "insecure-skip-tls-verify": true } }],
      users: [{ name: USER, user: { token: getPath(answer, "status.token") } }],
      contexts: [{ name: "test", context: { cluster: "test", user: USER } }],
      "current-context": "test",
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** Gives the user these rights in the whole cluster, and no others. */
  async function allow(rules: JsonObject[]): Promise<void> {
    const role = { apiVersion: RBAC, kind: "ClusterRole", metadata: { name: USER }, rules };
    const subject = { kind: "ServiceAccount", name: USER, namespace: "default" };
    await live.apply(role);
    await live.apply({
      apiVersion: RBAC,
      kind: "ClusterRoleBinding",
      metadata: { name: USER },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: USER },
      subjects: [subject],
    });
  }

  const rule = (verbs: string[], apiGroups = ["*"], resources = ["*"]): JsonObject => ({
    verbs,
    apiGroups,
    resources,
  });

  async function desiredMeshOf(
    inputs: ServiceMeshInputs = MESH,
    more: Partial<DesiredMesh> = {},
  ): Promise<DesiredMesh> {
    const charts = { kind: "folder", path: tools.charts } as const;
    const plan = planMesh({ ...inputs, charts }, overlayLibrary());
    const { objects } = await generateManifests(plan, renderTools(charts));
    return { plan, objects, adopt: inputs.adopt ?? "none", ...more };
  }

  const OWN = { stack: { project: "pulumi-service-mesh", stack: "live" } };

  /** What is worse than an info, as one line each. */
  async function worse(inputs: ServiceMeshInputs = MESH, more: Partial<DesiredMesh> = OWN) {
    const { findings } = await precheck(cluster, await desiredMeshOf(inputs, more));
    return findings.filter(isWorse).map(lineOf);
  }

  /** The gate finds nothing with few calls. */
  async function gateIsCheap(inputs: ServiceMeshInputs): Promise<void> {
    const counter = counted(cluster);
    const desired = await desiredMeshOf(inputs);
    assert.deepEqual(await gateFindings(new Reader(counter.cluster), desired), []);
    assert.ok(counter.calls.length <= 20, counter.calls.join("\n"));
  }

  function lineOf({ severity, check, object, reason, fix }: Finding): string {
    return `${severity} [${check}] ${object}: ${reason}; fix: ${fix}`;
  }

  /** Seeds faults, has what is worse than an info checked, and takes the faults away again. */
  async function withFaults(
    faults: readonly K8sObject[],
    check: (found: readonly string[]) => Promise<void> | void,
    inputs?: ServiceMeshInputs,
  ): Promise<void> {
    for (const fault of faults) {
      await live.apply(fault);
    }
    try {
      await check(await worse(inputs));
    } finally {
      for (const fault of faults) {
        await live.remove(fault);
      }
    }
  }

  /** Asks until the condition holds: controllers take their time. */
  function untilSo(what: string, holds: () => Promise<boolean>): Promise<void> {
    return until(holds, SETTLED_MS, () => `this is not so: ${what}`);
  }

  const asCommand = (...args: readonly string[]) =>
    mesh(["precheck", "--stack", "live", "--no-images", ...args], { cwd: stack.folder });

  describe("before there is a mesh", () => {
    it("an empty cluster has nothing above an info, whoever is admin", async () => {
      const { findings } = await precheck(cluster, await desiredMeshOf());
      const said = findings.filter(({ severity }) => severity !== "ok");
      // What Istio supports depends on the day.
      assert.deepEqual(said.filter(({ check }) => check !== "support").map(lineOf), []);
      assert.deepEqual(said.filter(({ severity }) => severity !== "info").map(lineOf), []);
    });

    it("the gate asks an empty cluster at most twenty times", () => gateIsCheap(MESH));

    it("a user without rights is told each one, and the command that grants them", async () => {
      const { code, stdout } = await asCommand("--json");
      assert.equal(code, 1, stdout);
      const found = (JSON.parse(stdout) as Finding[]).filter(
        ({ check }) => check === "permissions",
      );
      const objects = found.map(({ object }) => object);
      for (const object of ["deployments.apps", "customresourcedefinitions.apiextensions.k8s.io"]) {
        assert.ok(objects.includes(object), objects.join());
      }
      for (const { reason, fix } of found) {
        assert.match(reason, /^system:serviceaccount:default:deployer may not /);
        assert.match(fix ?? "", /--clusterrole=cluster-admin --serviceaccount=default:deployer$/);
      }
    });

    it("an update of that user stops before anything is created, and says the fix", async () => {
      const { output, changes } = await stack.failure();
      assert.match(output, /the update stops before it changes anything/);
      assert.match(
        output,
        /may not get, list, watch, create, patch, delete deployments\.apps in the namespace istio-system/,
      );
      assert.equal((await cluster.call("GET", "/api/v1/namespaces/istio-system")).status, 404);
      assert.equal((await cluster.call("GET", GATEWAYS)).status, 404);
      assert.equal(output.match(/fix: have an administrator run/g)?.length, 1, output);
      assert.doesNotMatch(output, /DeprecationWarning/);
      assert.deepEqual(
        changes.filter(({ type }) => type.startsWith("kubernetes:")),
        [],
      );
    });

    it("roles that grant more than the user has are an error, verb by verb", async () => {
      await allow([
        rule(["get", "list", "watch", "create", "patch", "update", "delete"], ["*"], ["*"]),
      ]);
      const { stdout } = await asCommand();
      assert.match(
        stdout,
        pattern`\[permissions\] ClusterRole istiod-clusterrole-${NEW}-istio-system \.\.\. FAILED`,
      );
      assert.doesNotMatch(stdout, /may not get/);
    });

    it("precheck: false passes the gate: what is missing is not needed in this update", async () => {
      const verbs = ["get", "list", "watch", "create", "patch", "update", "escalate", "bind"];
      await allow([rule(verbs), { nonResourceURLs: ["*"], verbs: ["get"] }]);
      const { output } = await stack.failure();
      assert.match(output, /may not delete deployments\.apps/);
      stack.configure({ "mesh:precheck": false });
      await stack.up();
      assert.ok(await live.get(`${DEPLOYMENTS}/istiod-${NEW}`));
      stack.configure({ "mesh:precheck": undefined });
    });
  });

  describe("with a mesh of the stack's", () => {
    before(async () => {
      await allow([rule(["*"]), { nonResourceURLs: ["*"], verbs: ["*"] }]);
    });

    it("has nothing above an info, by the command and its exit code", async () => {
      const { code, stdout, stderr } = await asCommand("--strict");
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /0 errors, 0 warnings/);
    });

    it("the gate asks at most twenty times, also for an upgrade, and leaves no change behind", async () => {
      for (const inputs of [MESH, UPGRADE]) {
        await gateIsCheap(inputs);
      }
      await stack.up();
      const { changes } = await stack.preview();
      assert.deepEqual(changes, []);
    });

    it("an API version that the cluster does not serve stops an update before anything changes", async () => {
      const patches = [{ path: "apiVersion", value: "autoscaling/v2beta1" }];
      const scaler = { kind: "HorizontalPodAutoscaler", name: `istiod-${NEW}`, patches };
      const overlay = {
        apiVersion: "install.istio.io/v1alpha1",
        kind: "IstioOperator",
        spec: {
          components: { pilot: { k8s: { overlays: [scaler] } } },
          meshConfig: { accessLogFile: "/dev/stdout" },
        },
      };
      const overlays = [...(MESH.overlays ?? []), overlay];
      const reason = pattern`autoscaling/v2beta1 HorizontalPodAutoscaler: the API server does not serve it, but autoscaling/v2.*: it would refuse HorizontalPodAutoscaler istio-system/istiod-${NEW}`;
      assert.match((await worse({ ...MESH, overlays })).join("\n"), reason);
      stack.configure({ "mesh:overlays": overlays });
      const { output, changes } = await stack.failure();
      assert.match(output, /the update stops before it changes anything/);
      assert.match(output, reason);
      assert.deepEqual(
        changes.filter(({ type, op }) => type.startsWith("kubernetes:") && op !== "same"),
        [],
      );
      const map = await live.get(`/api/v1/namespaces/istio-system/configmaps/istio-${NEW}`);
      assert.doesNotMatch(String(getPath(map, "data.mesh")), /accessLogFile/);
      stack.configure({ "mesh:overlays": MESH.overlays });
      await stack.up();
    });

    it("labels for injection without effect are said by the preview and by precheck", async () => {
      const plain = namespace("plain", { "istio-injection": "true" });
      const said =
        /Namespace plain: has the label istio-injection=true, but only enabled and disabled have an effect.*fix: kubectl label namespace plain /;
      await live.apply(plain);
      stack.configure({ "mesh:set": ["meshConfig.accessLogFile=/dev/stdout"] });
      try {
        assert.match((await worse()).join("\n"), said);
        assert.match((await stack.preview()).output, said);
      } finally {
        await live.remove(plain);
        stack.configure({ "mesh:set": undefined });
      }
      assert.doesNotMatch((await stack.preview()).output, said);
    });

    it("a label that forbids the injection of a new gateway stops an update before anything changes", async () => {
      const edge = namespace("edge", { "istio-injection": "disabled" });
      const gateways = [{ name: "web", namespace: "edge", revisions: [{ revision: NEW }] }];
      const reason = pattern`Deployment edge/web-${NEW}: no webhook injects the pod.*istio-injection=disabled`;
      await live.apply(edge);
      stack.configure({ "mesh:gateways": gateways });
      try {
        assert.match((await worse({ ...MESH, gateways })).join("\n"), reason);
        const { output, changes } = await stack.failure();
        assert.match(output, /the update stops before it changes anything/);
        assert.match(output, reason);
        assert.deepEqual(
          changes.filter(({ type, op }) => type.startsWith("kubernetes:") && op !== "same"),
          [],
        );
      } finally {
        await live.remove(edge);
        stack.configure({ "mesh:gateways": undefined });
      }
      await stack.up();
    });

    it("an option of the cluster's that the inputs lack is named", async () => {
      const set = ["meshConfig.accessLogFile=/dev/stdout"];
      stack.configure({ "mesh:set": set });
      await stack.up();
      const found = await worse();
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(
        found[0] ?? "",
        pattern`^warning \[lost-options\] control plane ${NEW}: spec\.meshConfig\.accessLogFile: is not set`,
      );
      assert.deepEqual(await worse({ ...MESH, set }), []);
      stack.configure({ "mesh:set": undefined });
      await stack.up();
    });

    it("a field of the mesh configuration in the cluster that istiod cannot read is an error", async () => {
      const path = `/api/v1/namespaces/istio-system/configmaps/istio-${NEW}`;
      const before = getPath(await live.get(path), "data.mesh");
      const written = (mesh: unknown): K8sObject => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `istio-${NEW}`, namespace: "istio-system" },
        data: { mesh: String(mesh) },
      });
      await live.apply(written("defaultConfig:\n  concurrency: two\n"));
      try {
        assert.match(
          (await worse()).join("\n"),
          pattern`error \[mesh-config\] ConfigMap istio-system/istio-${NEW}: mesh: defaultConfig\.concurrency: has the wrong type \(got "two"\)`,
        );
      } finally {
        await live.apply(written(before));
      }
      assert.deepEqual(await worse(), []);
    });

    it("an unsupported Kubernetes is an error, and stops an update too", async () => {
      const old: Cluster = {
        call: async (method, path, ...rest) =>
          path === "/version"
            ? { status: 200, body: { gitVersion: "v1.27.9" } }
            : cluster.call(method, path, ...rest),
      };
      const { findings } = await precheck(old, await desiredMeshOf());
      assert.deepEqual(
        findings.filter(({ severity }) => severity === "error").map(({ check }) => check),
        ["kubernetes-version"],
      );
      assert.match(
        (await gateFindings(new Reader(old), await desiredMeshOf()))[0]?.reason ?? "",
        pattern`v1\.27\.9.*needs Kubernetes ${minorOf(minorFacts(NEWEST).minKubernetes)}`,
      );
    });

    it("a stored version that the new CRD lacks stops an upgrade before anything changes; its fix works", async () => {
      const crd = (await live.get(GATEWAYS)) as K8sObject;
      const before = getPath(crd, "status.storedVersions");
      const store = (versions: unknown) =>
        cluster.call(
          "PATCH",
          `${GATEWAYS}/status`,
          { status: { storedVersions: versions as string[] } },
          "merge",
        );
      const versions = getPath(crd, "spec.versions") as JsonObject[];
      const extra = {
        ...versions[0],
        name: "v1alpha2",
        served: true,
        storage: false,
      } as JsonObject;
      const seeded = await cluster.call(
        "PATCH",
        GATEWAYS,
        { spec: { versions: [...versions, extra] } },
        "merge",
      );
      assert.equal(seeded.status, 200, JSON.stringify(seeded.body));
      assert.equal((await store(["v1alpha2", "v1"])).status, 200);

      const found = await worse();
      assert.match(
        found.join("\n"),
        /error \[crds\] CustomResourceDefinition gateways\.networking\.istio\.io: objects may be stored in v1alpha2.*--subresource=status.*"storedVersions":\["v1"\]/,
      );
      assert.deepEqual((await stack.up()).changes, [], "the gate is not for an unchanged mesh");
      stack.configure({ "mesh:set": ["meshConfig.accessLogFile=/dev/stdout"] });
      await stack.preview();
      const { output } = await stack.failure();
      assert.match(output, /stops before it changes anything.*[\s\S]*stored in v1alpha2/);
      const map = await live.get(`/api/v1/namespaces/istio-system/configmaps/istio-${NEW}`);
      assert.doesNotMatch(String(getPath(map, "data.mesh")), /accessLogFile/);

      assert.equal((await store(before)).status, 200);
      await cluster.call("PATCH", GATEWAYS, { spec: { versions } }, "merge");
      await stack.up();
      stack.configure({ "mesh:set": undefined });
      await stack.up();
      assert.deepEqual(await worse(), []);
    });

    it("an update that passed the gate and then failed is checked again, before anything more is made", async () => {
      const next = "next";
      const full = {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "full", namespace: "istio-system" },
        spec: { hard: { "count/deployments.apps": "1" } },
      };
      const istiodNext = () => cluster.call("GET", `${DEPLOYMENTS}/istiod-${next}`);
      await live.apply(full);
      await untilSo("the quota counts", async () => {
        return getPath(await live.get(pathOf(full)), "status.used") !== undefined;
      });
      stack.configure({ "mesh:revisions": [{ revision: NEW }, { revision: next }] });
      const { output: refused } = await stack.failure();
      assert.match(refused, /exceeded quota: full/);
      assert.doesNotMatch(refused, /stops before it changes anything/);
      assert.ok(await live.get(`/api/v1/namespaces/istio-system/serviceaccounts/istiod-${next}`));
      await live.remove(full);

      const verbs = ["get", "list", "watch", "create", "patch", "update", "escalate", "bind"];
      await allow([rule(verbs), { nonResourceURLs: ["*"], verbs: ["get"] }]);
      const { output } = await stack.failure();
      assert.match(output, /the update stops before it changes anything/);
      assert.match(output, /may not delete deployments\.apps/);
      assert.equal(output.match(/fix: have an administrator run/g)?.length, 1, output);
      assert.doesNotMatch(output, /did not come up/);
      assert.equal((await istiodNext()).status, 404);

      await allow([rule(["*"]), { nonResourceURLs: ["*"], verbs: ["*"] }]);
      await stack.up();
      assert.equal((await istiodNext()).status, 200);
      assert.deepEqual((await stack.preview()).changes, []);
      stack.configure({ "mesh:revisions": MESH.revisions });
      await stack.up();
    });

    it("objects that are written by a version that goes are named", async () => {
      const crd = (await live.get(GATEWAYS)) as K8sObject;
      const versions = getPath(crd, "spec.versions") as JsonObject[];
      const extra = { ...versions[0], name: "v1alpha2", storage: false } as JsonObject;
      const gateway = {
        apiVersion: "networking.istio.io/v1alpha2",
        kind: "Gateway",
        metadata: { name: "web", namespace: "default" },
        spec: { selector: { istio: "web" }, servers: [] },
      };
      await cluster.call("PATCH", GATEWAYS, { spec: { versions: [...versions, extra] } }, "merge");
      try {
        // Discovery lists a version a little before its objects can be written.
        await untilSo("objects of the version are served", async () => {
          return (await cluster.call("GET", dirname(pathOf(gateway)))).status === 200;
        });
        await withFaults([gateway], (found) => {
          assert.match(
            found.join("\n"),
            /warning \[api-versions\] Gateway: default\/web is written as networking\.istio\.io\/v1alpha2.*fix: write them as networking\.istio\.io\/v1$/m,
          );
        });
      } finally {
        await cluster.call("PATCH", GATEWAYS, { spec: { versions } }, "merge");
      }
    });

    it("a CRD that somebody has edited is named with the field; applied again it is as it was", async () => {
      const crd = (await live.get(GATEWAYS)) as K8sObject;
      const [first, ...others] = structuredClone(getPath(crd, "spec.versions") as JsonObject[]);
      const fields = getPath(first ?? {}, "schema.openAPIV3Schema.properties.spec.properties");
      delete (fields as JsonObject).servers;
      const edited = { spec: { versions: [first as JsonObject, ...others] } };
      assert.equal((await cluster.call("PATCH", GATEWAYS, edited, "merge")).status, 200);
      const planned = (await desiredMeshOf()).objects.find(
        ({ kind, metadata }) => kind === crd.kind && metadata.name === crd.metadata.name,
      );
      assert.ok(planned);
      try {
        const [found = "", ...more] = await worse();
        assert.deepEqual(more, []);
        assert.match(
          found,
          pattern`^warning \[crds\] CustomResourceDefinition gateways\.networking\.istio\.io: is not as Istio ${NEWEST} has it: spec\.versions\[name:v1\]\.schema\S+\.spec\.properties\.servers; somebody.*kubectl apply --server-side`,
        );
      } finally {
        await liveCluster(api.kubeconfig, "pulumi-service-mesh").apply(planned);
      }
      assert.deepEqual(await worse(), []);
    });

    it("an injector for the same pods is an error that names both", async () => {
      const own = (await desiredMeshOf()).objects.find(
        ({ kind }) => kind === "MutatingWebhookConfiguration",
      );
      assert.ok(own);
      const second = { ...own, metadata: { ...own.metadata, name: "istio-sidecar-injector-mine" } };
      await withFaults([second as K8sObject], (found) => {
        assert.match(
          found.join("\n"),
          pattern`error \[injection-overlap\] MutatingWebhookConfiguration istio-sidecar-injector-${NEW} istio-sidecar-injector-mine: more than one webhook.*fix: give this control plane a revision of its own.*kubectl delete mutatingwebhookconfiguration istio-sidecar-injector-mine`,
        );
      });
    });

    it("a webhook whose istiod is gone is an error", async () => {
      const validator = {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "istio-validator-gone" },
        webhooks: [
          {
            name: "validation.istio.io",
            clientConfig: { service: { namespace: "istio-system", name: "istiod-gone" } },
            rules: [
              {
                apiGroups: ["networking.istio.io"],
                apiVersions: ["*"],
                operations: ["CREATE"],
                resources: ["*"],
              },
            ],
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
          },
        ],
      };
      await withFaults([validator as unknown as K8sObject], (found) => {
        assert.match(
          found.join("\n"),
          /error \[webhook-service\] ValidatingWebhookConfiguration istio-validator-gone: calls the Service istio-system\/istiod-gone.*fix: kubectl delete validatingwebhookconfiguration istio-validator-gone$/m,
        );
      });
    });

    it("a budget that lets no pod go, and a second one, are named with the fix", async () => {
      const budget = {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "mine", namespace: "istio-system" },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "istiod" } } },
      };
      await live.apply(budget);
      await untilSo("the budget counts its pod", async () => {
        const { status } = await live.get(pathOf(budget));
        return (
          getPath(status ?? {}, "expectedPods") === 1 &&
          getPath(status ?? {}, "currentHealthy") === 1
        );
      });
      await withFaults([budget], (found) => {
        assert.match(
          found.join("\n"),
          pattern`warning \[disruption-budgets\] PodDisruptionBudget istio-system/mine: lets none of the 1 pod of Deployment istio-system/istiod-${NEW} be evicted.*fix: run more pods`,
        );
      });
    });

    it("an autoscaler of somebody else's, and pods above the bounds, are named", async () => {
      const autoscaler = {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "mine", namespace: "istio-system" },
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: `istiod-${NEW}` },
        },
      };
      await cluster.call(
        "PATCH",
        `${DEPLOYMENTS}/istiod-${NEW}/scale`,
        { spec: { replicas: 4 } },
        "merge",
      );
      const inputs = { ...MESH, set: ["values.pilot.autoscaleMax=2"] };
      await withFaults(
        [autoscaler],
        (found) => {
          assert.match(
            found.join("\n"),
            pattern`error \[autoscalers\] HorizontalPodAutoscaler istio-system/mine: scales Deployment istio-system/istiod-${NEW} too.*fix: kubectl -n istio-system delete hpa mine`,
          );
          assert.match(
            found.join("\n"),
            pattern`warning \[autoscalers\] Deployment istio-system/istiod-${NEW}: runs 4 pods, and its autoscaler allows at most 2`,
          );
        },
        inputs,
      );
      await cluster.call(
        "PATCH",
        `${DEPLOYMENTS}/istiod-${NEW}/scale`,
        { spec: { replicas: 1 } },
        "merge",
      );
    });

    it("a quota and a LimitRange that refuse new pods are named, and how much is missing", async () => {
      const place = { name: "mine", namespace: "istio-system" };
      const quota = {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: place,
        spec: { hard: { pods: "1", "limits.memory": "1Gi" } },
      };
      const range = {
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: place,
        spec: { limits: [{ type: "Container", max: { memory: "1Gi" } }] },
      };
      await live.apply(quota);
      await untilSo(
        "the quota counts",
        async () => (await live.get(pathOf(quota))).status !== undefined,
      );
      const beside = { ...MESH, revisions: [{ revision: NEW }, { revision: "next" }] };
      await withFaults(
        [quota, range],
        (found) => {
          assert.match(
            found.join("\n"),
            /error \[quotas\] ResourceQuota istio-system\/mine: has 0 pods left, and the new pods need 1: .*fix: raise pods by 1 at least/,
          );
          assert.match(
            found.join("\n"),
            /error \[quotas\] LimitRange istio-system\/mine: the container discovery of Deployment istio-system\/istiod-next asks for 2048Mi memory/,
          );
        },
        beside,
      );
    });

    it("quotas count the proxies that istiod will inject into gateways, by the charts' own templates", async () => {
      const quota = {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "mine", namespace: "shop" },
        spec: { hard: { "requests.cpu": "1", "limits.memory": "3Gi" } },
      };
      const gateway = (templates: string, more: object = {}) => ({
        ...MESH,
        gateways: [
          {
            name: "web",
            namespace: "shop",
            replicas: 4,
            revisions: [{ revision: NEW }],
            resources: {},
            podAnnotations: { "inject.istio.io/templates": templates },
            ...more,
          },
        ],
      });
      await live.apply(quota);
      const quotas = async (inputs: ServiceMeshInputs) =>
        (await worse(inputs)).filter((line) => line.includes("[quotas]"));
      const own = { requests: { cpu: "250m" }, limits: { memory: "512Mi" } };
      assert.deepEqual(await quotas(gateway("gateway", { resources: own })), []);
      assert.match(
        (await quotas(gateway("gateway"))).join(),
        /container istio-proxy\): Kubernetes/,
      );
      assert.deepEqual(await quotas(gateway("sidecar")), [
        "error [quotas] ResourceQuota shop/mine: has 3Gi limits.memory left, and the new pods need 4Gi: Kubernetes refuses some of them; " +
          "fix: raise limits.memory by 1Gi at least: kubectl -n shop patch resourcequota mine --type=merge " +
          `-p '{"spec":{"hard":{"limits.memory":"4Gi"}}}'`,
      ]);
      await live.remove(quota);
    });

    it("Pod Security: a level that refuses the mesh's pods is an error", async () => {
      const strict = namespace("istio-system", {
        "pod-security.kubernetes.io/enforce": "restricted",
      });
      await live.apply(strict);
      const found = await worse();
      assert.match(
        found.join("\n"),
        pattern`error \[pod-security\] Deployment istio-system/istiod-${NEW}: .*level restricted.*fix: kubectl label namespace istio-system`,
      );
      await live.apply(namespace("istio-system"));
      assert.deepEqual(await worse(), []);
    });

    it("a workload that is killed before its proxy has drained is named", async () => {
      const labels = { app: "cart" };
      const cart = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "cart", namespace: "shop" },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
        },
      };
      await withFaults([cart], (found) => {
        assert.match(
          found.join("\n"),
          /warning \[drain\] Namespace shop: the proxies of Deployment cart drain for 30 s, and Kubernetes kills the pods after 30 s.*terminationGracePeriodSeconds/,
        );
      });
    });

    it("an object of somebody else's is an error with who made it and the mode", async () => {
      const account = {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "istiod-next", namespace: "istio-system", labels: { app: "istiod" } },
      };
      const byHelm = liveCluster(api.kubeconfig, "helm");
      await byHelm.apply(account);
      const beside = { ...MESH, revisions: [{ revision: NEW }, { revision: "next" }] };
      assert.deepEqual(await worse(beside), [
        "error [existing-objects] ServiceAccount istio-system/istiod-next: exists already, and is not the stack's: installed by Helm; " +
          "fix: pulumi config set mesh:adopt all takes it over; or delete it first",
      ]);
      assert.deepEqual(await worse({ ...beside, adopt: "all" }), []);
      await live.remove(account);
    });

    it("a namespace that hangs in its deletion is an error, and stops an update", async () => {
      const stuck = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "held", namespace: "istio-gateways", finalizers: ["example.com/hold"] },
      };
      const edge = namespace("istio-gateways");
      await live.apply(edge);
      await live.apply(stuck);
      await live.remove(edge);
      const gateways = [
        { name: "web", namespace: "istio-gateways", revisions: [{ revision: NEW, weight: 100 }] },
      ];
      const inputs = { ...MESH, gateways, adopt: "namespaces" as const };
      await untilSo("the namespace says what holds it", async () => {
        const found = await worse(inputs);
        return /error \[deletions\] Namespace istio-gateways: is being deleted.*SomeFinalizersRemain/.test(
          found.join("\n"),
        );
      });
      stack.configure({ "mesh:gateways": gateways, "mesh:adopt": "namespaces" });
      const { output } = await stack.failure();
      assert.match(
        output,
        /Namespace istio-gateways: is being deleted[\s\S]*fix: wait until it is gone/,
      );
      stack.configure({ "mesh:gateways": undefined, "mesh:adopt": undefined });
      await cluster.call("PATCH", pathOf(stuck), { metadata: { finalizers: null } }, "merge");
    });

    it("two minors in place are an error that names the way", async () => {
      const path = `${DEPLOYMENTS}/istiod-${NEW}`;
      const image = (tag: string) =>
        cluster.call(
          "PATCH",
          path,
          [
            {
              op: "replace",
              path: "/spec/template/spec/containers/0/image",
              value: `docker.io/istio/pilot:${tag}`,
            },
          ],
          "json",
        );
      const older = minorsBefore(2);
      assert.equal((await image(older)).status, 200);
      const found = await worse();
      assert.match(
        found.join("\n"),
        pattern`error \[upgrade-path\] control plane: version: ${older} to ${NEWEST} are 2 minor versions.*fix: go by way of ${minorOf(minorsBefore(1))}`,
      );
      await image(NEWEST);
    });
  });

  describe("with what an older install left", () => {
    let left: K8sObject[];

    before(async () => {
      const { objects } = await desiredMeshOf({
        version: PREVIOUS,
        profile: "minimal",
        revision: OLD,
      });
      const istioctl = liveCluster(api.kubeconfig, "istio-operator");
      left = objects.filter(({ kind, metadata }) => {
        const named = String(metadata.name).includes(OLD);
        return named && !["Deployment", "CustomResourceDefinition", "Namespace"].includes(kind);
      });
      for (const object of left) {
        await istioctl.apply(object);
      }
    });

    const exists = async (object: K8sObject) =>
      (await cluster.call("GET", pathOf(object))).status === 200;

    it("names each object and the command; nothing else of the cluster", async () => {
      const { prunable } = await precheck(cluster, await desiredMeshOf(MESH, OWN));
      assert.ok(left.length >= 14, String(left.length));
      assert.deepEqual(prunable.map(objectTitle).sort(), left.map(objectTitle).sort());
      const found = await worse();
      assert.ok(
        found.every((line) => line.includes("[leftovers]") && line.includes("--prune")),
        found.join("\n"),
      );
      assert.equal(found.length, left.length);
    });

    it("keeps all of it while a namespace names the revision, and says so", async () => {
      await withFaults([namespace("cart", { "istio.io/rev": OLD })], async (found) => {
        assert.match(
          found.join("\n"),
          /\[leftovers\].*fix: move namespace cart to another revision first/,
        );
        const { prunable } = await precheck(cluster, await desiredMeshOf(MESH, OWN));
        assert.deepEqual(prunable, []);
      });
      await untilSo("the namespace is gone", async () => !(await exists(namespace("cart"))));
    });

    it("--prune alone shows them, and --yes without it is refused", async () => {
      const { code, stderr } = await asCommand("--prune");
      assert.equal(code, 0);
      assert.match(stderr, pattern`would delete Service istio-system/istiod-${OLD}`);
      assert.match(stderr, /nothing was deleted; --yes does it/);
      assert.ok((await Promise.all(left.map(exists))).every(Boolean));
      const refused = await asCommand("--yes");
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /--yes: goes with --prune only/);
    });

    it("--prune --yes deletes them, webhooks first, and the mesh stays as it is", async () => {
      const { code, stderr } = await asCommand("--prune", "--yes");
      assert.equal(code, 0, stderr);
      const deleted = stderr.match(/deleted .*/g) ?? [];
      assert.equal(deleted.length, left.length);
      assert.match(deleted[0] ?? "", /WebhookConfiguration/);
      assert.ok(!(await Promise.all(left.map(exists))).some(Boolean));
      const own = (await desiredMeshOf()).objects.filter(
        ({ kind }) => kind !== "CustomResourceDefinition",
      );
      for (const object of own) {
        assert.ok(
          identityOf(object).namespace === "" || (await exists(object)),
          objectTitle(object),
        );
      }
      assert.deepEqual(await worse(), []);
    });

    it("finds and deletes parts that Istio no longer has, all of their objects", async () => {
      const istioctl = liveCluster(api.kubeconfig, "istio-operator");
      const metadata = (namespace?: string) => ({
        name: namespace === undefined ? "istio-galley-istio-system" : "istio-galley",
        ...(namespace !== undefined && { namespace }),
        labels: { app: "galley", release: "istio" },
      });
      const old: K8sObject[] = [
        {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          metadata: metadata(),
          rules: [],
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: metadata("istio-system"),
          spec: { ports: [{ port: 443 }] },
        },
      ];
      for (const object of old) {
        await istioctl.apply(object);
      }
      const { prunable } = await precheck(cluster, await desiredMeshOf(MESH, OWN));
      assert.deepEqual(prunable.map(objectTitle).sort(), old.map(objectTitle).sort());
      const { code, stderr } = await asCommand("--prune", "--yes");
      assert.equal(code, 0, stderr);
      assert.ok(!(await Promise.all(old.map(exists))).some(Boolean));
      assert.deepEqual(await worse(), []);
    });
  });
});
