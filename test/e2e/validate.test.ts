import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Finding } from "../../mesh/check/finding";
import { TRIAL_LABEL } from "../../mesh/check/ownNamespace";
import { isObject, type Json, type JsonObject } from "../../mesh/json";
import type { K8sObject } from "../../mesh/patch/types";
import { getPath } from "../../mesh/translate";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { mesh, TSX } from "../support/run";
import type { TestStack } from "../support/stack";
import { ISTIO, ROOT, toolsFor } from "../support/tools";
import { gateways, NEW, nodeStack, OLD } from "./nodeStack";
import { GATEWAYS, openShop, routeToShop, untilReady } from "./shop";

const GONE_MS = 120_000;
const SEEN_MS = 60_000;

/** What a killed run leaves is removed when its timeout and a minute are over. */
const KILLED_TIMEOUT_SECONDS = 1;
const LEFTOVER_MS = 62_000;

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const ISTIODS = "/apis/apps/v1/namespaces/istio-system/deployments";

/** A namespace, webhook or Service of a revision that no control plane has. */
const GHOST = "1-27-0";

const isFault = ({ severity }: Finding) => severity === "error" || severity === "warning";

/** `mesh validate` against a real mesh: nothing is found where all is well, and every seeded fault is. */
describe("F1: mesh validate on a real node", () => {
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;
  let killedAt = 0;

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    stack = await nodeStack(await toolsFor(this), node, "validate", {
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: ISTIO }],
      "mesh:tags": { default: OLD },
      "mesh:gateways": gateways({ [OLD]: 100 }, { replicas: 1 }),
    });
    await stack.up();
    await openShop(live);
    await routeToShop(live, "web", { app: "web" });
  });

  after(async () => {
    await node?.stop();
  });

  const validateFlags = (flags: readonly string[]) => [
    "validate",
    "--kubeconfig",
    node.kubeconfig,
    ...flags,
  ];

  /** Findings of one run, which ends as they say. */
  async function validate(...flags: string[]): Promise<Finding[]> {
    const { code, stdout, output } = await mesh(validateFlags(["--json", ...flags]));
    assert.ok(stdout.startsWith("["), output);
    const findings = JSON.parse(stdout) as Finding[];
    const failed = findings.some(({ severity }) => severity === "error");
    assert.equal(code, failed ? 1 : 0, output);
    return findings;
  }

  /** The first fault of a check; every fault has a fix. */
  async function fault(check: string, object: RegExp, ...flags: string[]): Promise<Finding> {
    const findings = await validate(...flags);
    const found = findings.find(
      (finding) => finding.check === check && isFault(finding) && object.test(finding.object),
    );
    assert.ok(found, JSON.stringify(findings.filter(isFault), null, 1));
    for (const finding of findings.filter(isFault)) {
      assert.ok(finding.fix, JSON.stringify(finding));
    }
    return found;
  }

  /** Seeds a fault, looks for it, and undoes it whatever is found. */
  async function withFault(
    seed: () => Promise<unknown>,
    undo: () => Promise<unknown>,
    look: () => Promise<void>,
  ): Promise<void> {
    try {
      await seed();
      await look();
    } finally {
      await undo();
    }
  }

  async function patch(path: string, operations: Json[]): Promise<void> {
    const { status, body } = await live.cluster.call("PATCH", path, operations, "json");
    assert.equal(status, 200, JSON.stringify(body));
  }

  async function scale(revision: string, replicas: number): Promise<void> {
    const path = `${ISTIODS}/istiod-${revision}`;
    await live.cluster.call("PATCH", path, { spec: { replicas } }, "merge");
    await until(
      async () => Number(getPath(await live.get(path), "status.readyReplicas") ?? 0) === replicas,
      GONE_MS,
      () => `istiod-${revision} has not ${replicas} ready pods`,
    );
  }

  async function trialNamespaces(): Promise<string[]> {
    const list = await live.get(`/api/v1/namespaces?labelSelector=${TRIAL_LABEL}%3Dtrue`);
    return (list.items as JsonObject[]).map((each) => String(getPath(each, "metadata.name")));
  }

  async function untilNoTrial(): Promise<void> {
    let left: string[] = [];
    await until(
      async () => {
        left = await trialNamespaces();
        return left.length === 0;
      },
      GONE_MS,
      () => `there is still ${left.join(", ")}`,
    );
  }

  /** Starts a run with testing workloads, and waits until its namespace is there. */
  async function underway(...flags: string[]): Promise<ChildProcess> {
    const args = validateFlags(["--with-testing-workloads", "--revision", NEW, ...flags]);
    const main = join(ROOT, "cli", "main.ts");
    const child = spawn(process.execPath, ["--require", TSX, main, ...args], { stdio: "ignore" });
    await until(
      async () => (await trialNamespaces()).length > 0,
      SEEN_MS,
      () => "no namespace is made",
    );
    return child;
  }

  const ended = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));

  describe("a good mesh of two revisions and a gateway", () => {
    it("has no finding above info, and traffic goes through each revision", async () => {
      const findings = await validate("--with-testing-workloads");
      assert.deepEqual(findings.filter(isFault), []);
      const ok = (check: string) =>
        findings.filter((each) => each.check === check && each.severity === "ok");
      assert.deepEqual(
        ok("testing-traffic")
          .map(({ object, reason }) => `${object}: ${reason}`)
          .sort(),
        [OLD, NEW].map((each) => `revision ${each}: HTTP 200 over mutual TLS under PERMISSIVE`),
      );
      assert.equal(ok("testing-strict").length, 2);
      assert.equal(ok("testing-certificate").length, 4);
      assert.equal(ok("gateway-certificate").length, 1);
      assert.match(
        ok("gateway-certificate")[0]?.reason ?? "",
        /spiffe:\/\/cluster\.local\/ns\/istio-gateways\/sa\/web for 24 h/,
      );
      for (const check of ["proxy-sync", "proxy-version", "drain-time", "gateway-selector"]) {
        assert.ok(ok(check).length > 0, `${check}: ${JSON.stringify(findings)}`);
      }
      await untilNoTrial();
    });

    it("as text, each line ends in OK; as JUnit, nothing fails", async () => {
      const text = await mesh(validateFlags([]));
      assert.equal(text.code, 0, text.output);
      assert.match(text.stdout, /^\[control-plane\] istiod 1-29-1 \(1\.29\.1\): .* \.\.\. OK$/m);
      assert.match(text.stdout, /0 errors, 0 warnings, \d+ info, \d+ OK\n$/);
      const junit = await mesh(validateFlags(["--output", "junit"]));
      assert.match(junit.stdout, /<testsuite name="mesh validate" tests="\d+" failures="0"/);
    });

    it("Ctrl-C takes the testing workloads along", async () => {
      const child = await underway();
      child.kill("SIGINT");
      assert.equal(await ended(child), 130);
      await untilNoTrial();
    });

    it("a run that is killed leaves its namespace, for the next one", async () => {
      const child = await underway("--timeout", String(KILLED_TIMEOUT_SECONDS));
      killedAt = Date.now();
      child.kill("SIGKILL");
      await ended(child);
      assert.equal((await trialNamespaces()).length, 1);
      await live.apply(namespace("mesh-validate-mine"));
    });
  });

  describe("a seeded fault", () => {
    it("a namespace of a revision that is not there", () =>
      withFault(
        () => live.apply(namespace("lost", { "istio.io/rev": "1-30-0" })),
        () => live.remove(namespace("lost")),
        async () => {
          const { fix } = await fault("namespace-label", /^Namespace lost$/);
          assert.match(fix ?? "", /^kubectl label namespace lost istio\.io\/rev=.* --overwrite/);
        },
      ));

    it("a namespace with both labels", () =>
      withFault(
        () => live.apply(namespace("both", { "istio-injection": "enabled", "istio.io/rev": NEW })),
        () => live.remove(namespace("both")),
        async () => {
          const { reason, fix } = await fault("namespace-label", /^Namespace both$/);
          assert.match(reason, /the first wins: 1-28-2 injects its pods/);
          assert.equal(fix, "keep one: kubectl label namespace both istio-injection-");
        },
      ));

    it("istiod scaled to 0, and the caBundle of its webhook emptied", () =>
      withFault(
        async () => {
          await scale(NEW, 0);
          const path = `${ADMISSION}/mutatingwebhookconfigurations/istio-sidecar-injector-${NEW}`;
          const { webhooks } = await live.get(path);
          await patch(
            path,
            (webhooks as Json[]).map((_, index) => ({
              op: "remove",
              path: `/webhooks/${index}/clientConfig/caBundle`,
            })),
          );
        },
        () => scale(NEW, 1),
        async () => {
          const findings = await validate();
          const of = (check: string) =>
            findings.find((each) => each.check === check && isFault(each));
          assert.equal(
            of("control-plane")?.fix,
            `scale it up: kubectl scale -n istio-system deploy/istiod-${NEW} --replicas=1`,
          );
          assert.match(of("control-plane-service")?.object ?? "", new RegExp(`istiod-${NEW}`));
          const webhook = findings.filter(
            ({ check, object }) =>
              check === "injection-webhook" && object.endsWith(`istio-sidecar-injector-${NEW}`),
          );
          assert.match(webhook[0]?.reason ?? "", /^nothing answers at its Service/);
          assert.match(webhook[1]?.reason ?? "", /has no caBundle/);
          assert.match(webhook[1]?.fix ?? "", /istiod of revision 1-29-1 writes it/);
        },
      ));

    it("a tag that points at a revision that is not there", () => {
      const tag: K8sObject = {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: {
          name: "istio-revision-tag-ghost",
          labels: { app: "sidecar-injector", "istio.io/rev": GHOST, "istio.io/tag": "ghost" },
        },
        webhooks: [
          {
            name: "rev.namespace.sidecar-injector.istio.io",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            failurePolicy: "Ignore",
            namespaceSelector: { matchLabels: { "istio.io/rev": "ghost" } },
            rules: [
              { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
            ],
            clientConfig: {
              service: { namespace: "istio-system", name: `istiod-${GHOST}`, path: "/inject" },
            },
          },
        ],
      };
      return withFault(
        () => live.apply(tag),
        () => live.remove(tag),
        async () => {
          const { reason, fix } = await fault("revision-tag", /^tag ghost$/);
          assert.match(reason, new RegExp(`points at the revision ${GHOST}, which has no istiod`));
          assert.match(fix ?? "", /mesh:tags: \{ ghost: 1-2\d-\d \}/);
        },
      );
    });

    it("the default validator points at a Service that is gone", () => {
      const path = `${ADMISSION}/validatingwebhookconfigurations/istiod-default-validator`;
      const point = (value: string) =>
        patch(path, [{ op: "replace", path: "/webhooks/0/clientConfig/service/name", value }]);
      let before = "";
      return withFault(
        async () => {
          const [webhook] = (await live.get(path)).webhooks as JsonObject[];
          before = String(getPath(webhook ?? {}, "clientConfig.service.name"));
          await point(`istiod-${GHOST}`);
        },
        () => point(before),
        async () => {
          const { reason, fix } = await fault("validation-webhook", /istiod-default-validator$/);
          assert.match(reason, new RegExp(`istio-system/istiod-${GHOST}, which does not exist`));
          assert.match(fix ?? "", /mesh:tags: \{ default: 1-2\d-\d \}/);
        },
      );
    });

    it("a gateway's pod that was made while no webhook matched", () => {
      const label = (value: string | null) =>
        live.cluster.call(
          "PATCH",
          `/api/v1/namespaces/${GATEWAYS}`,
          { metadata: { labels: { "istio-injection": value } } },
          "merge",
        );
      const removePods = async () => {
        const pods = await live.get(`/api/v1/namespaces/${GATEWAYS}/pods`);
        for (const pod of (pods.items as JsonObject[]).filter(isObject)) {
          const name = getPath(pod, "metadata.name");
          await live.cluster.call("DELETE", `/api/v1/namespaces/${GATEWAYS}/pods/${name}`);
        }
      };
      const images = async () => {
        const pods = await live.get(`/api/v1/namespaces/${GATEWAYS}/pods`);
        return JSON.stringify(
          (pods.items as JsonObject[]).map((pod) => getPath(pod, "spec.containers")),
        );
      };
      return withFault(
        async () => {
          await label("disabled");
          await removePods();
          await until(
            async () => (await images()).includes('"auto"'),
            SEEN_MS,
            () => "no pod is left on auto",
          );
        },
        async () => {
          await label(null);
          await removePods();
          await untilReady(live, GATEWAYS, `web-${OLD}`);
        },
        async () => {
          const { reason, fix } = await fault("gateway-image", /^Pod istio-gateways\/web-/);
          assert.match(
            reason,
            /rev\.object\.sidecar-injector\.istio\.io of 1-28-2 would, but the namespace has the label istio-injection=disabled/,
          );
          assert.match(
            fix ?? "",
            /remove the label istio-injection from the namespace; then kubectl -n istio-gateways delete pod/,
          );
        },
      );
    });

    it("plaintext where mutual TLS is expected", () => {
      const rule: K8sObject = {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "plaintext", namespace: "istio-system" },
        spec: { host: "*.local", trafficPolicy: { tls: { mode: "DISABLE" } } },
      };
      return withFault(
        () => live.apply(rule),
        () => live.remove(rule),
        async () => {
          const flags = ["--with-testing-workloads", "--revision", NEW];
          const { reason, fix } = await fault("testing-traffic", /^revision 1-29-1$/, ...flags);
          assert.match(reason, /in plaintext only/);
          assert.match(fix ?? "", /kubectl get destinationrules -A/);
        },
      );
    });

    it("a Gateway resource that selects nothing", () => {
      const gateway: K8sObject = {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "nobody", namespace: "shop" },
        spec: {
          selector: { app: "wep" },
          servers: [
            { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["a.example.com"] },
          ],
        },
      };
      return withFault(
        () => live.apply(gateway),
        () => live.remove(gateway),
        async () => {
          const { fix } = await fault("gateway-selector", /^Gateway shop\/nobody$/);
          assert.match(fix ?? "", /write "app: web" in spec\.selector/);
        },
      );
    });

    it("a drain above the grace period", () => {
      const labels = { app: "slow" };
      const deployment: K8sObject = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "slow", namespace: "shop" },
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: {
            metadata: {
              labels,
              annotations: { "proxy.istio.io/config": "terminationDrainDuration: 60s" },
            },
            spec: { containers: [{ name: "app", image: "localhost/none" }] },
          },
        },
      };
      return withFault(
        () => live.apply(deployment),
        () => live.remove(deployment),
        async () => {
          const { fix } = await fault("drain-time", /^Deployment shop\/slow$/);
          assert.match(fix ?? "", /terminationGracePeriodSeconds larger than 60/);
        },
      );
    });

    it("a root certificate that has expired", () => {
      const fixture = join(ROOT, "test/unit/mesh/check/fixtures/expired.pem");
      const expired = readFileSync(fixture).toString("base64");
      const secret: K8sObject = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "cacerts", namespace: "istio-system" },
        data: { "ca-cert.pem": expired, "root-cert.pem": expired },
      };
      return withFault(
        () => live.apply(secret),
        () => live.remove(secret),
        async () => {
          const { reason, fix } = await fault("ca-certificate", /^Secret istio-system\/cacerts/);
          assert.match(reason, /has expired on Jan {2}1 00:00:00 2025/);
          assert.match(fix ?? "", /replace the Secret cacerts/);
        },
      );
    });

    it("a version of an API that is not served", () => {
      const path = `${CRDS}/telemetries.telemetry.istio.io`;
      let index = -1;
      const serve = (value: boolean) =>
        patch(path, [{ op: "replace", path: `/spec/versions/${index}/served`, value }]);
      return withFault(
        async () => {
          const versions = getPath(await live.get(path), "spec.versions") as JsonObject[];
          index = versions.findIndex(({ name }) => name === "v1");
          await serve(false);
        },
        () => serve(true),
        async () => {
          const { reason, fix } = await fault("istio-apis", /telemetries\.telemetry\.istio\.io$/);
          assert.match(reason, /and not v1, by which it is watched: istiod 1-28-2/);
          assert.match(fix ?? "", /apply the CRDs/);
        },
      );
    });
  });

  describe("afterwards", () => {
    it("nothing is found when all is undone; the killed run's namespace is gone, another's is not", async () => {
      await delay(Math.max(0, killedAt + LEFTOVER_MS - Date.now()));
      const findings = await validate("--with-testing-workloads", "--revision", NEW);
      assert.deepEqual(findings.filter(isFault), []);
      await untilNoTrial();
      const mine = await live.get("/api/v1/namespaces/mesh-validate-mine");
      assert.equal(getPath(mine, "status.phase"), "Active");
    });
  });
});
