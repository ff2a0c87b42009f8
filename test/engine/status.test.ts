import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { renderTools } from "../../adapters/renderTools";
import { readStackState } from "../../adapters/status/stackState";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { RenderTools } from "../../mesh/render/render";
import type { MeshStatus } from "../../mesh/status/types";
import { tagObjects } from "../../mesh/tag/tag";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { until, untilFound } from "../node/wait";
import { type FakeInjector, startFakeInjector } from "../support/fakeInjector";
import { limitedUser } from "../support/limitedUser";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { installControlPlane, withAnswers } from "../support/liveControlPlane";
import { pattern } from "../support/pattern";
import { programStack } from "../support/programStack";
import { type Finished, mesh, meshCommand } from "../support/run";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { temporaryFolder, useTestCache } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const SETTLED_MS = 60_000;

const VERSIONS: Readonly<Record<string, string>> = { [OLD]: PREVIOUS, [NEW]: NEWEST };

type Weights = Readonly<Record<string, number>>;

/** A workload with a sidecar that the injector fills in. */
function cart(note: string): K8sObject {
  const labels = { app: "cart" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "cart", namespace: "shop" },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { note } },
        spec: {
          containers: [
            { name: "app", image: "shop/cart:1" },
            { name: "istio-proxy", image: "auto" },
          ],
        },
      },
    },
  };
}

/** An upgrade as a person follows it with `mesh status`, on a real API server. */
describe("mesh status through an upgrade", () => {
  const stage = stages();
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let injector: FakeInjector;
  let render: RenderTools;
  let stack: TestStack;
  let undo: () => void;
  const folder = temporaryFolder("status");

  before(async function () {
    tools = await toolsFor(this);
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    render = renderTools({ kind: "folder", path: tools.charts });
    api = await startKwokCluster();
    live = liveCluster(api.kubeconfig);
    injector = await startFakeInjector(api);
    for (const name of ["istio-system", "edge"]) {
      await live.apply(namespace(name));
    }
    stack = await programStack(tools, "failures");
  });

  after(async () => {
    await injector?.stop();
    await api?.stop();
    undo?.();
  });

  async function install(revision: string): Promise<void> {
    const version = VERSIONS[revision] as string;
    injector.images.set(revision, `docker.io/istio/proxyv2:${version}`);
    const set = [`values.global.tag=${version}`];
    const resolved = await installControlPlane(live, render, revision, { injector, set });
    for (const object of await tagObjects({ tag: "prod", revision: OLD, mesh: resolved }, render)) {
      if (revision === OLD) {
        await live.apply(withAnswers(object, { injector }));
      }
    }
    await untilReady("istio-system", `istiod-${revision}`, 1);
  }

  async function untilReady(place: string, name: string, pods: number): Promise<void> {
    const path = `/apis/apps/v1/namespaces/${place}/deployments/${name}`;
    let last: JsonObject | undefined;
    const isReady = async () => {
      last = await live.get(path);
      const { status, metadata, spec } = last;
      const found = status as JsonObject;
      return (
        (spec as JsonObject).replicas === pods &&
        found.observedGeneration === (metadata as JsonObject).generation &&
        found.updatedReplicas === pods &&
        found.replicas === pods &&
        found.availableReplicas === pods
      );
    };
    await until(isReady, SETTLED_MS, () => `${path}: ${JSON.stringify(last)}`);
  }

  /** One update of the gateway by Pulumi. */
  async function gateway(weights: Weights, timeoutSeconds = 60) {
    const revisions = Object.entries(weights).map(([revision, weight]) => ({ revision, weight }));
    const own = { name: "web", namespace: "edge", replicas: 4, revisions };
    const program = { kubeconfig: api.kubeconfig, gateway: own, timeoutSeconds };
    stack.configure({ "mesh:program": program });
    writeStack({ "mesh:gateways": [own] });
  }

  /** The configuration that the whole mesh would have. */
  function writeStack(keys: JsonObject): void {
    const config = {
      "mesh:version": PREVIOUS,
      "mesh:profile": "minimal",
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: NEWEST }],
      "mesh:tags": { prod: OLD },
      "mesh:namespaces": [{ name: "shop", revision: "prod" }],
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      ...keys,
    };
    writeFileSync(join(folder, "Pulumi.story.yaml"), dump({ config }));
  }

  function show(args: readonly string[], kubeconfig = api.kubeconfig): Promise<Finished> {
    return mesh(["status", "--kubeconfig", kubeconfig, ...args], { cwd: folder });
  }

  async function status(...args: string[]): Promise<MeshStatus> {
    const { code, stdout, output } = await show([...args, "-o", "json"]);
    assert.equal(code, 0, output);
    return JSON.parse(stdout) as MeshStatus;
  }

  /** What the status is once something is pending for this reason. */
  async function untilPending(wanted: string, ...args: string[]): Promise<MeshStatus> {
    let last: MeshStatus | undefined;
    return untilFound(
      async () => {
        last = await status(...args);
        return last.pending.some(({ reason }) => reason.includes(wanted)) ? last : undefined;
      },
      SETTLED_MS,
      () => `nothing is pending with "${wanted}": ${JSON.stringify(last?.pending)}`,
    );
  }

  const shares = ({ gateways }: MeshStatus) =>
    gateways.flatMap(({ revisions }) =>
      revisions.map(({ revision, wishedPercent, sharePercent }) => [
        revision,
        wishedPercent,
        sharePercent,
      ]),
    );

  const lines = ({ pending }: MeshStatus) =>
    pending
      // Nothing in this cluster gives a load balancer its address, and which versions are still
      // supported depends on the day.
      .filter(({ check }) => !["gateway-address", "support"].includes(check))
      .map(({ check, object, reason }) => `${check} ${object}: ${reason}`);

  stage("before there is a mesh, says so", async () => {
    const { code, stdout } = await show([]);
    assert.equal(code, 0);
    assert.equal(stdout, "There is no mesh in this cluster\n\nNothing is pending\n");
  });

  stage("installed: one control plane, a tag, a gateway and a namespace", async () => {
    await install(OLD);
    await live.apply(namespace("shop", { "istio.io/rev": "prod" }));
    await live.apply(cart("first"));
    await untilReady("shop", "cart", 3);
    await gateway({ [OLD]: 100 });
    await stack.up();
    const found = await status();
    assert.deepEqual(
      found.revisions.map(({ name, version, istiod, webhooks, users }) => ({
        name,
        version,
        ready: istiod?.ready,
        webhooks,
        users,
      })),
      [
        {
          name: OLD,
          version: PREVIOUS,
          ready: 1,
          webhooks: { total: 2, withCaBundle: 2 },
          users: { tags: ["prod"], namespaces: 1, workloads: 0, gateways: 1, pods: 7 },
        },
      ],
    );
    assert.deepEqual(found.tags, [{ name: "prod", revision: OLD }]);
    assert.deepEqual(found.proxies, [
      { revision: OLD, version: PREVIOUS, pods: 7, outdated: false },
    ]);
    assert.deepEqual(shares(found), [[OLD, 100, 100]]);
    assert.deepEqual(lines(found), []);
  });

  stage("mesh version names what runs, with the pods of each version", async () => {
    const { code, stdout } = await mesh(["version", "--kubeconfig", api.kubeconfig]);
    assert.equal(code, 0);
    const [client = "", ...running] = stdout.split("\n");
    assert.match(client, /^client {9}\d+\.\d+\.\d+ \(Istio /);
    assert.deepEqual(running, [
      `control plane  ${PREVIOUS} (${OLD})`,
      `data plane     ${PREVIOUS} (${OLD}, 7 pods)`,
      "",
    ]);
  });

  stage("--stack: what an update is still to do", async () => {
    await gateway({ [OLD]: 75, [NEW]: 25 });
    assert.deepEqual(lines(await status("--stack", "story")), [
      `gateway-share gateway edge/web: ${OLD} has 100 % of the ready pods and not 75 % (weight 75)`,
      `stack revision ${NEW}: the stack has it (Istio ${NEWEST}), and the cluster does not yet`,
      `stack gateway edge/web: the stack has revision ${NEW} (25 %), and the cluster not yet`,
    ]);
  });

  stage(
    "canary at 25 %: both serve, by the weights; the stack's lock shows while it runs",
    async () => {
      await install(NEW);
      const update = stack.up();
      const env = { PULUMI_BACKEND_URL: `file://${join(stack.folder, "state")}` };
      const lock = () =>
        untilFound(
          () => readStackState(stack.folder, stack.name, env)?.lock,
          SETTLED_MS,
          () => "the stack has no lock",
        );
      const [held] = await Promise.all([
        Promise.race([lock(), update.then(() => undefined)]),
        update,
      ]);
      assert.match(held?.by ?? "", /@.* \(process \d+\)$/);
      assert.equal(readStackState(stack.folder, stack.name, env)?.lock, undefined);
      const found = await status("--stack", "story");
      assert.deepEqual(shares(found), [
        [OLD, 75, 75],
        [NEW, 25, 25],
      ]);
      assert.deepEqual(found.proxies, [
        { revision: OLD, version: PREVIOUS, pods: 6, outdated: false },
        { revision: NEW, version: NEWEST, pods: 1, outdated: false },
      ]);
      assert.deepEqual(lines(found), []);
    },
  );

  stage("a canary that stops: its share, and why its pods do not come", async () => {
    injector.images.set(NEW, "docker.io/istio/proxyv2:no-such-tag");
    await live.cluster.call(
      "DELETE",
      `/api/v1/namespaces/edge/pods?labelSelector=${encodeURIComponent(`istio.io/rev=${NEW}`)}`,
    );
    const found = await untilPending("cannot be pulled", "--stack", "story");
    assert.deepEqual(shares(found), [
      [OLD, 75, 100],
      [NEW, 25, 0],
    ]);
    const [rollout, share] = lines(found);
    assert.match(
      rollout ?? "",
      pattern`^gateway-rollout Deployment edge/web-${NEW}: 0 of 1 pods are new and ready; pod web-${NEW}-\S+, container istio-proxy: the image docker\.io/istio/proxyv2:no-such-tag cannot be pulled`,
    );
    assert.match(share ?? "", pattern`${NEW} has 0 % of the ready pods and not 25 % \(weight 25\)`);
    injector.images.set(NEW, `docker.io/istio/proxyv2:${NEWEST}`);
    await live.cluster.call(
      "DELETE",
      `/api/v1/namespaces/edge/pods?labelSelector=${encodeURIComponent(`istio.io/rev=${NEW}`)}`,
    );
    await untilReady("edge", `web-${NEW}`, 1);
  });

  stage("cutover: only the new revision serves", async () => {
    await gateway({ [NEW]: 100 });
    await stack.up();
    const found = await status("--stack", "story");
    assert.deepEqual(shares(found), [[NEW, 100, 100]]);
    assert.deepEqual(lines(found), []);
    const { users } = found.revisions.find(({ name }) => name === OLD) ?? {};
    assert.deepEqual(users, { tags: ["prod"], namespaces: 1, workloads: 0, gateways: 0, pods: 3 });
  });

  stage("a namespace that moved: its pods are to restart, until they have", async () => {
    await live.apply(namespace("shop", { "istio.io/rev": NEW }));
    writeStack({ "mesh:namespaces": [{ name: "shop", revision: NEW }] });
    const waiting = await status("--namespace", "shop");
    assert.deepEqual(lines(waiting), [
      `restart Namespace shop: 3 pods to restart for the proxy of ${NEW}, by istio.io/rev=${NEW} (3 of ${OLD})`,
    ]);
    await live.apply(cart("second"));
    await untilReady("shop", "cart", 3);
    const done = await status("--namespace", "shop");
    assert.deepEqual(lines(done), []);
    assert.deepEqual(done.namespaces[0]?.pods?.byRevision, { [NEW]: 3 });
  });

  stage("an istiod that no node takes is an error with the scheduler's words", async () => {
    const path = `/apis/apps/v1/namespaces/istio-system/deployments/istiod-${OLD}`;
    const pin = { spec: { template: { spec: { nodeSelector: { disk: "none" } } } } };
    await live.cluster.call("PATCH", path, pin, "merge");
    const found = await untilPending("no node accepts it", "--revision", "prod");
    assert.deepEqual(
      found.revisions.map(({ name }) => name),
      [OLD],
    );
    assert.match(
      lines(found)[0] ?? "",
      pattern`^control-plane Deployment istio-system/istiod-${OLD}: .*no node accepts it: Unschedulable: 0/1 nodes are available`,
    );
  });

  stage("a name that is nowhere is refused", async () => {
    const { code, stderr } = await show(["--revision", `${NEW}1`]);
    assert.equal(code, 2);
    assert.match(stderr, pattern`--revision: .* \(got "${NEW}1"\).*did you mean "${NEW}"\?`);
  });

  stage(
    "who may not list pods sees the rest, what is missing and how to get it; exit code 2",
    async () => {
      const list = (apiGroup: string, ...resources: string[]) => ({
        apiGroups: [apiGroup],
        resources,
        verbs: ["list"],
      });
      const kubeconfig = await limitedUser(api.kubeconfig, "watcher", [
        list("", "namespaces", "services"),
        list("apps", "deployments", "statefulsets", "daemonsets"),
        list("autoscaling", "horizontalpodautoscalers"),
        list(
          "admissionregistration.k8s.io",
          "mutatingwebhookconfigurations",
          "validatingwebhookconfigurations",
        ),
      ]);
      const { code, stdout } = await show([], kubeconfig);
      assert.equal(code, 2);
      assert.match(stdout, new RegExp(pattern`^${NEW} +${NEWEST} +1/1 `, "m"));
      assert.match(stdout, new RegExp(pattern`^edge/web +ingress +${NEW} .* 100 % +4/4`, "m"));
      assert.match(stdout, /^pods: .*pods is forbidden/m);
      assert.match(stdout, /fix: grant \S+watcher the verb list on pods in the whole cluster/);
    },
  );

  stage("--sync: an istiod that cannot be asked is named, and the rest is there", async () => {
    // kwok's pods run no command.
    const { code, stdout } = await show(["--sync"]);
    assert.equal(code, 2);
    assert.match(stdout, new RegExp(pattern`^edge/web +ingress +${NEW}`, "m"));
    assert.match(stdout, new RegExp(pattern`^syncz: istio-system/istiod-${NEW}-\S+: `, "m"));
    assert.match(
      stdout,
      pattern`fix: .* exec istiod-${NEW}-\S+ -c discovery -- pilot-discovery request`,
    );
  });

  stage("a cluster that does not answer is exit code 2 too", async () => {
    const missing = join(folder, "kubeconfig-nowhere");
    const server = "https://127.0.0.1:1";
    writeFileSync(
      missing,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "x", cluster: { server } }],
        users: [{ name: "x", user: {} }],
        contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
        "current-context": "x",
      }),
    );
    const { code, stderr } = await show([], missing);
    assert.equal(code, 2);
    assert.match(stderr, /the cluster cannot be read: https:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
  });

  stage("--watch looks again and again, and Ctrl-C ends it well", async () => {
    const args = ["status", "--kubeconfig", api.kubeconfig, "--watch", "0.2", "-o", "json"];
    const child = spawn(...meshCommand(args), { cwd: folder });
    let text = "";
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const seen = new Promise<void>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (text.split("\n").length > 3) {
          resolve();
        }
      });
    });
    const limit = setTimeout(() => child.kill("SIGKILL"), 60_000);
    await Promise.race([seen, ended]);
    child.kill("SIGINT");
    const code = await ended;
    clearTimeout(limit);
    assert.equal(code, 0);
    const looks = text.trimEnd().split("\n");
    assert.ok(looks.length >= 3);
    const times = looks.map((line) => (JSON.parse(line) as MeshStatus).time);
    assert.deepEqual([...times].sort(), times);
    assert.ok(new Set(times).size >= 3);
  });
});
