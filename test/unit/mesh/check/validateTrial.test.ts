import assert from "node:assert/strict";
import { secretsInDump } from "../../../../adapters/checks/validate/proxies";
import { tryWorkloads } from "../../../../adapters/checks/validate/trial";
import type { Cluster } from "../../../../adapters/cluster/cluster";
import type { CommandResult, PodShell } from "../../../../adapters/cluster/exec";
import type { Finding } from "../../../../mesh/checks/finding";
import { isLeftover, TRIAL_LABEL } from "../../../../mesh/checks/ownNamespace";
import {
  STATUS,
  serverConfig,
  trialNamespace,
  trialPod,
} from "../../../../mesh/checks/validate/trialObjects";
import {
  decidePods,
  decideStrict,
  explainMutual,
  lastError,
} from "../../../../mesh/checks/validate/trialVerdicts";
import type { JsonObject } from "../../../../mesh/common/json";
import { getPath } from "../../../../mesh/k8s/path";
import { nameOf } from "../../../../mesh/k8s/workload";
import { NEW, NEWEST, OLD } from "../../../../toolchain/versions";
import { goodMesh, pem } from "./goodMesh";

const TRIAL = {
  namespace: "mesh-validate-1",
  revision: NEW,
  image: `hub/proxyv2:${NEWEST}`,
  trustDomain: "cluster.local",
  timeoutSeconds: 60,
};

const SERVER = { clientId: "spiffe://cluster.local/ns/mesh-validate-1/sa/client", ipv6: false };

const said = (error: string) =>
  `Error: timeout waiting for Envoy proxy to become ready. Last error: ${error}`;

function trialPods(...bare: string[]): JsonObject[] {
  return ["client", "server", "plain"].map((name) => ({
    metadata: { name },
    spec: {
      containers: [
        { name: "app" },
        ...(name === "plain" || bare.includes(name) ? [] : [{ name: "istio-proxy" }]),
      ],
    },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  }));
}

describe("testing workloads", () => {
  describe("objects", () => {
    it("the namespace asks for the revision, and is marked as ours", () => {
      assert.deepEqual(trialNamespace(TRIAL).metadata, {
        name: "mesh-validate-1",
        labels: { "pulumi-service-mesh/validate": "true", "istio.io/rev": NEW },
        annotations: { "pulumi-service-mesh/timeout-seconds": "60" },
      });
    });

    it("only the plain pod opts out of injection, and none runs as the proxy's user", () => {
      for (const name of ["client", "server", "plain"] as const) {
        const pod = trialPod(TRIAL, name, SERVER);
        const opted = getPath(pod, "metadata.labels") as Record<string, string>;
        assert.equal(opted["sidecar.istio.io/inject"], name === "plain" ? "false" : undefined);
        const [app] = getPath(pod, "spec.containers") as JsonObject[];
        assert.notEqual(getPath(app ?? {}, "securityContext.runAsUser"), 1337);
        assert.equal(app?.image, `hub/proxyv2:${NEWEST}`);
      }
    });

    it("the server listens on IPv6 where its Service has such an address", () => {
      const address = (ipv6: boolean) => JSON.stringify(serverConfig({ ...SERVER, ipv6 }));
      assert.match(address(false), /"address":"0\.0\.0\.0"/);
      assert.match(address(true), /"address":"::"/);
    });

    it("a leftover has our label, and its time is long over", () => {
      const made = (labels: Record<string, string>) => ({
        metadata: {
          ...trialNamespace(TRIAL).metadata,
          labels,
          creationTimestamp: "2026-01-01T00:00:00Z",
        },
      });
      const at = (seconds: number) => Date.parse("2026-01-01T00:00:00Z") + seconds * 1000;
      const own = made({ [TRIAL_LABEL]: "true" });
      assert.equal(isLeftover(own, at(60)), false);
      assert.equal(isLeftover(own, at(119)), false);
      assert.equal(isLeftover(own, at(121)), true);
      assert.equal(isLeftover(made({}), at(9999)), false);
      assert.equal(
        isLeftover({ metadata: { labels: { [TRIAL_LABEL]: "true" } } }, at(9999)),
        false,
      );
    });
  });

  describe("verdicts", () => {
    it("pods that got no proxy end it at once; others are waited for", () => {
      assert.equal(decidePods(trialPods(), NEW).kind, "ok");
      assert.equal(decidePods(trialPods("server"), NEW).kind, "fail");
      assert.equal(decidePods(trialPods().slice(1), NEW).kind, "wait");
      const [client, ...rest] = trialPods();
      const starting = { ...client, status: { conditions: [] } };
      assert.equal(decidePods([starting, ...rest], NEW).kind, "wait");
    });

    it("each way in which a request fails has a fix of its own", () => {
      const explain = (error: string) => explainMutual({ succeeded: false, said: said(error) });
      assert.match(explain(`HTTP status code ${STATUS.plaintext}`).reason, /sends no certificate/);
      assert.match(explain(`HTTP status code ${STATUS.plaintext}`).fix, /destinationrules/);
      assert.match(
        explain(`HTTP status code ${STATUS.otherClient}`).reason,
        /not that of the client/,
      );
      assert.match(explain("HTTP status code 403").fix, /AuthorizationPolicies/);
      assert.equal(explain("HTTP status code 503").reason, "no HTTP 200: HTTP status code 503");
      assert.equal(lastError(said("dial tcp: no such host")), "dial tcp: no such host");
    });

    it("STRICT is there when plaintext is refused and mutual TLS is not", () => {
      const [yes, no] = [
        { succeeded: true, said: "" },
        { succeeded: false, said: said("EOF") },
      ];
      assert.equal(decideStrict(no, yes).kind, "ok");
      assert.equal(decideStrict(yes, yes).kind, "wait");
      assert.equal(decideStrict(no, no).kind, "wait");
    });
  });

  it("reads chain and roots from Envoy's dump", () => {
    const inline = (text: string) => ({ inline_bytes: Buffer.from(text).toString("base64") });
    const own = (chain: object) => ({
      name: "default",
      secret: { tls_certificate: { certificate_chain: chain } },
    });
    const roots = {
      name: "ROOTCA",
      secret: { validation_context: { trusted_ca: inline(pem("root")) } },
    };
    const dump = (...configs: object[]) => JSON.stringify({ configs });
    const warning = "2026-11-21T09:38:59.427856Z\twarn\tOS CA Cert could not be found for agent";
    const good = dump(roots, own(inline(pem("leaf"))));
    const read = { chain: pem("leaf"), roots: pem("root") };
    assert.deepEqual(secretsInDump(good), read);
    assert.deepEqual(secretsInDump(`${warning}\n${good}`), read);
    assert.equal(secretsInDump(dump(own(inline(pem("leaf"))))).roots, "");
    assert.throws(() => secretsInDump(dump(roots, own({}))), /no certificate of the workload yet/);
    assert.throws(() => secretsInDump("{}"), /no certificate of the workload yet/);
  });

  describe("the namespace goes whatever happens", () => {
    /** A cluster in which each object can be made, and that remembers the calls. */
    function scene(shell: PodShell, pods: () => JsonObject[] = () => trialPods()) {
      const calls: string[] = [];
      const cluster: Cluster = {
        async call(method, path) {
          const [plain = ""] = path.split("?");
          calls.push(`${method} ${plain.replace(/mesh-validate-[0-9a-f]+/, "NS")}`);
          return { status: 200, body: answerTo(plain) };
        },
      };
      const namespaced = (kind: string) => ({
        kind,
        name: `${kind.toLowerCase()}s`,
        namespaced: true,
      });
      const resources: Readonly<Record<string, JsonObject[]>> = {
        "/api/v1": [
          { kind: "Namespace", name: "namespaces", namespaced: false },
          ...["Service", "ServiceAccount", "Pod"].map(namespaced),
        ],
        "/apis/security.istio.io/v1beta1": [namespaced("PeerAuthentication")],
      };
      const answerTo = (path: string): JsonObject =>
        (resources[path] && { resources: resources[path] }) ??
        pods().find((pod) => path.endsWith(`/pods/${nameOf(pod)}`)) ?? {
          items: path.endsWith("/pods") ? pods() : [],
        };
      let time = Date.parse("2026-01-01T00:00:00Z");
      const clock = {
        now: () => time,
        sleep: async (milliseconds: number) => {
          time += milliseconds;
        },
      };
      const aborter = new AbortController();
      const run = (revision?: string): Promise<Finding[]> =>
        tryWorkloads({ cluster, shell }, goodMesh(), {
          revision,
          image: `hub/proxyv2:${NEWEST}`,
          timeoutSeconds: 60,
          clock,
          signal: aborter.signal,
          progress: () => undefined,
        });
      const namespaces = () => calls.filter((call) => /namespaces\/NS$/.test(call));
      return { run, calls, namespaces, aborter };
    }

    const answer = (succeeded: boolean, error = ""): CommandResult => ({
      succeeded,
      stdout: "{}",
      stderr: said(error),
    });

    /** As with STRICT in place from the start: plaintext is refused. */
    const strictMesh: PodShell = async ({ pod }) => answer(pod !== "plain", "EOF");

    it("after success, for each revision in turn", async () => {
      const { run, namespaces } = scene(strictMesh);
      const found = await run();
      const each = ["PATCH /api/v1/namespaces/NS", "DELETE /api/v1/namespaces/NS"];
      assert.deepEqual(namespaces(), [...each, ...each]);
      assert.deepEqual(
        found.map(({ check, severity, object }) => `${check} ${severity} ${object}`).slice(0, 3),
        [
          `testing-workloads ok revision ${OLD}`,
          `testing-traffic ok revision ${OLD}`,
          `testing-strict info revision ${OLD}`,
        ],
      );
      assert.equal(found.length, 10);
    });

    it("when pods do not start in time: the reason, and what was not checked", async () => {
      const starting = trialPods().map((pod) => ({ ...pod, status: { phase: "Pending" } }));
      const { run, namespaces } = scene(strictMesh, () => starting);
      const [failed, ...rest] = await run(NEW);
      assert.match(failed?.reason ?? "", /still not ready after 60 s: pod client: is Pending/);
      assert.match(failed?.fix ?? "", /--image/);
      assert.ok(rest.every(({ severity }) => severity === "info"));
      assert.match(namespaces().at(-1) ?? "", /^DELETE/);
    });

    it("when traffic is refused", async () => {
      const { run, namespaces } = scene(async () =>
        answer(false, `HTTP status code ${STATUS.plaintext}`),
      );
      const found = await run(NEW);
      assert.match(
        found.find(({ check }) => check === "testing-traffic")?.reason ?? "",
        /in plaintext only/,
      );
      assert.match(namespaces().at(-1) ?? "", /^DELETE/);
    });

    it("when a command in a pod cannot be run at all", async () => {
      const { run, namespaces } = scene(async () => {
        throw new Error("pods/exec is forbidden");
      });
      const [failed] = await run(NEW);
      assert.match(failed?.reason ?? "", /pods\/exec is forbidden/);
      assert.match(failed?.fix ?? "", /right to create and delete namespaces, and pods\/exec/);
      assert.match(namespaces().at(-1) ?? "", /^DELETE/);
    });

    it("when it is interrupted: no other revision is begun", async () => {
      const { run, namespaces, aborter } = scene(async () => {
        aborter.abort();
        return new Promise(() => undefined);
      });
      await assert.rejects(run());
      assert.deepEqual(namespaces(), [
        "PATCH /api/v1/namespaces/NS",
        "DELETE /api/v1/namespaces/NS",
      ]);
    });
  });

  it("a revision elsewhere needs an image", async () => {
    const cluster: Cluster = { call: async () => ({ status: 200, body: { items: [] } }) };
    const [found] = await tryWorkloads({ cluster, shell: async () => assert.fail() }, goodMesh(), {
      revision: "asm-managed",
      timeoutSeconds: 60,
      clock: { now: () => 0, sleep: async () => undefined },
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    assert.match(found?.fix ?? "", /--image/);
  });
});
