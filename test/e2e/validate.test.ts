import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import type { Finding } from "../../mesh/checks/finding";
import { TRIAL_LABEL } from "../../mesh/checks/ownNamespace";
import type { JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { ANNOTATION_PREFIX } from "../../mesh/model/annotations";
import type { MeshStatus } from "../../mesh/status/types";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { until, untilNone } from "../node/wait";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { pattern } from "../support/pattern";
import { mesh, meshCommand } from "../support/run";
import type { TestStack } from "../support/stack";
import { toolsFor } from "../support/tools";
import { gateways, nodeStack } from "./nodeStack";
import { rejectedConfiguration } from "./rejected";
import { openShop, routeToShop } from "./shop";

const GONE_MS = 120_000;
const SEEN_MS = 60_000;

/** What a killed run leaves is removed when its timeout and a minute are over. */
const A_MINUTE_AGO_SECONDS = -60;

const isFault = ({ severity }: Finding) => severity === "error" || severity === "warning";

/** What is found of seeded faults stands in faultTable.test.ts. */
describe("mesh validate and status on a real node", () => {
  let node: Node;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
    stack = await nodeStack(await toolsFor(this), node, "validate", {
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: NEWEST }],
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

  async function trialNamespaces(): Promise<string[]> {
    const list = await live.get(`/api/v1/namespaces?labelSelector=${TRIAL_LABEL}%3Dtrue`);
    return (list.items as JsonObject[]).map((each) => String(getPath(each, "metadata.name")));
  }

  const untilNoTrial = () => untilNone(trialNamespaces, GONE_MS);

  /** Starts a run with testing workloads, and waits until its namespace is there. */
  async function underway(...flags: string[]): Promise<ChildProcess> {
    const args = validateFlags(["--with-testing-workloads", "--revision", NEW, ...flags]);
    const child = spawn(...meshCommand(args), { stdio: "ignore" });
    await until(
      async () => (await trialNamespaces()).length > 0,
      SEEN_MS,
      () => "no namespace is made",
    );
    return child;
  }

  const ended = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));

  // Before anything has workloads of its own: their proxies would count.
  describe("mesh status --sync", () => {
    async function status(): Promise<MeshStatus> {
      const flags = ["--sync", "--output", "json", "--kubeconfig", node.kubeconfig];
      const { code, stdout, output } = await mesh(["status", ...flags]);
      assert.equal(code, 0, output);
      return JSON.parse(stdout) as MeshStatus;
    }

    const about = ({ pending }: MeshStatus, check: string) =>
      pending.filter((each) => each.check === check);

    it("istiod knows every proxy, and each keeps up", async () => {
      let found: MeshStatus | undefined;
      const proxies = () =>
        found?.proxies.map(({ revision, pods, connected, stale }) => ({
          ...{ revision, pods, connected, stale },
        }));
      // What was just applied is still on its way to the proxy.
      await until(
        async () => {
          found = await status();
          return isDeepStrictEqual(proxies(), [{ revision: OLD, pods: 1, connected: 1, stale: 0 }]);
        },
        SEEN_MS,
        () => JSON.stringify(proxies()),
      );
      const last = found as unknown as MeshStatus;
      assert.deepEqual([...about(last, "not-connected"), ...about(last, "not-synced")], []);
    });

    it("a proxy that refuses what it was sent is behind, until it is taken back", async () => {
      await live.apply(rejectedConfiguration);
      let found: MeshStatus | undefined;
      const lags = async (wished: number) => {
        found = await status();
        return found.proxies[0]?.stale === wished;
      };
      try {
        await until(
          () => lags(1),
          SEEN_MS,
          () => JSON.stringify(found?.proxies),
        );
        const [only, ...others] = about(found as MeshStatus, "not-synced");
        assert.deepEqual(others, []);
        assert.match(only?.reason ?? "", pattern`\(CDS\): 1 proxy, istio-gateways/web-${OLD}-`);
      } finally {
        await live.remove(rejectedConfiguration);
      }
      await until(
        () => lags(0),
        SEEN_MS,
        () => JSON.stringify(found?.proxies),
      );
    });
  });

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
      const line = pattern`^\[control-plane\] istiod ${NEW} \(${NEWEST}\): .* \.\.\. OK$`;
      assert.ok(
        text.stdout.split("\n").some((each) => line.test(each)),
        text.stdout,
      );
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

    it("a run that is killed leaves its namespace, and the next one removes it, but no other", async () => {
      const child = await underway();
      child.kill("SIGKILL");
      await ended(child);
      const [left, ...others] = await trialNamespaces();
      assert.ok(left);
      assert.deepEqual(others, []);
      await live.apply(namespace("mesh-validate-mine"));

      // The namespace says how long its run may take: it is as if that had been over a minute ago.
      const annotations = { [`${ANNOTATION_PREFIX}timeout-seconds`]: String(A_MINUTE_AGO_SECONDS) };
      const path = `/api/v1/namespaces/${left}`;
      await live.cluster.call("PATCH", path, { metadata: { annotations } }, "merge");
      const findings = await validate("--with-testing-workloads", "--revision", NEW);
      assert.deepEqual(findings.filter(isFault), []);
      await untilNoTrial();
      const mine = await live.get("/api/v1/namespaces/mesh-validate-mine");
      assert.equal(getPath(mine, "status.phase"), "Active");
    });
  });
});
