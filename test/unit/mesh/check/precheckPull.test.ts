import assert from "node:assert/strict";
import { tryPulls } from "../../../../adapters/checks/precheck/pullTrial";
import type { ApiAnswer, Cluster } from "../../../../adapters/cluster/cluster";
import { podSecurityFaults } from "../../../../mesh/checks/precheck/podSecurity";
import { planPulls, pullPod, secretCopy } from "../../../../mesh/checks/precheck/pullPlan";
import { pullResult } from "../../../../mesh/checks/precheck/pullResult";
import type { JsonObject } from "../../../../mesh/common/json";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import { getPath } from "../../../../mesh/k8s/path";
import { NEWEST } from "../../../../toolchain/versions";
import { deployment, desiredMesh, liveWith, namespace, object, texts } from "./precheckSupport";

const PILOT = `registry.example.com/mesh/pilot:${NEWEST}`;

const istiod = deployment("istio-system/istiod", {
  imagePullSecrets: [{ name: "pull" }],
  containers: [{ name: "discovery", image: PILOT }],
});

function node(name: string, architecture: string): K8sObject {
  return object("v1", "Node", name, {
    status: { nodeInfo: { architecture, operatingSystem: "linux" } },
  });
}

const SECRET = { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "e30=" } };
const LIVE = liveWith({
  nodes: [node("amd-1", "amd64"), node("amd-2", "amd64"), node("arm-1", "arm64")],
  namespaces: [namespace("istio-system")],
  pullSecrets: [{ namespace: "istio-system", name: "pull", secret: SECRET }],
});
const WISH = desiredMesh({}, [istiod]);

const PULL = { image: PILOT, node: "amd-1", pod: "image-0", secrets: ["pull-0"] };

/** A pod whose container is in a state. */
const pod = (state: JsonObject, name = "image-0") => ({
  metadata: { name },
  status: { containerStatuses: [{ name: "image", ready: false, state }] },
});
const waiting = (reason: string, message = "") => pod({ waiting: { reason, message } });

describe("precheck --pull: what is tried", () => {
  it("each image on one node of each platform, with copies of the Secrets that its pods name", () => {
    const { pulls, copies } = planPulls(WISH, LIVE);
    assert.deepEqual(pulls, [PULL, { ...PULL, node: "arm-1", pod: "image-1" }]);
    assert.deepEqual([...copies], [["pull-0", SECRET]]);
    assert.deepEqual(secretCopy("ns", "pull-0", { ...SECRET, metadata: { name: "pull" } }), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "pull-0", namespace: "ns" },
      ...SECRET,
    });
  });

  it("a pod that any level of Pod Security lets in, on that node, with nothing to run and no token", () => {
    const made = pullPod("ns", PULL);
    const spec = made.spec as JsonObject;
    assert.deepEqual(podSecurityFaults(spec, "restricted"), []);
    assert.equal(spec.automountServiceAccountToken, false);
    assert.deepEqual(spec.imagePullSecrets, [{ name: "pull-0" }]);
    const [container] = spec.containers as JsonObject[];
    assert.equal(container?.imagePullPolicy, "Always");
    assert.match(JSON.stringify(container?.command), /pulled-by-mesh-precheck/);
    assert.match(
      JSON.stringify(spec.affinity),
      /"metadata\.name","operator":"In","values":\["amd-1"\]/,
    );
    assert.equal(getPath(made, "metadata.labels")?.["sidecar.istio.io/inject" as never], "false");
  });
});

describe("precheck --pull: what a pod says", () => {
  const cases: [string, JsonObject | undefined, string][] = [
    ["is not there yet", undefined, "waiting"],
    ["has a container that is being made", waiting("ContainerCreating"), "waiting"],
    ["cannot get its image", waiting("ErrImagePull", "not found"), "failed"],
    ["cannot get it again", waiting("ImagePullBackOff"), "failed"],
    ["names no image", waiting("InvalidImageName"), "failed"],
    ["could not start what is not there", pod({ terminated: { reason: "StartError" } }), "pulled"],
    ["could not be made, with its image there", waiting("CreateContainerError"), "pulled"],
    ["runs", pod({ running: {} }), "pulled"],
    ["was lost", pod({ terminated: { reason: "ContainerStatusUnknown" } }), "untried"],
    ["was refused by the node", { status: { phase: "Failed", reason: "OutOfpods" } }, "untried"],
  ];
  for (const [title, made, kind] of cases) {
    it(`one that ${title}: ${kind}`, () => assert.equal(pullResult(made).kind, kind));
  }

  it("one that no node takes says why", () => {
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable" };
    const made = { status: { conditions: [{ ...condition, message: "0/1 nodes" }] } };
    assert.deepEqual(pullResult(made), { kind: "waiting", reason: "Unschedulable: 0/1 nodes" });
  });
});

const KINDS = [
  { name: "namespaces", kind: "Namespace", namespaced: false },
  { name: "secrets", kind: "Secret", namespaced: true },
  { name: "pods", kind: "Pod", namespaced: true },
];

describe("precheck --pull: the namespace goes whatever happens", () => {
  /** A cluster whose trial's pods are as told, one list after the other. */
  function fakeCluster(lists: readonly (readonly JsonObject[])[], refused?: string) {
    const calls: string[] = [];
    let asked = 0;
    const read = (path: string): JsonObject => {
      if (path.includes("/pods")) {
        const items = [...(lists[Math.min(asked, lists.length - 1)] ?? [])];
        asked += 1;
        return { items };
      }
      return path === "/api/v1" ? { resources: KINDS } : { items: [] };
    };
    const write = (path: string): ApiAnswer =>
      refused !== undefined && path.includes(refused)
        ? { status: 403, body: { message: 'admission webhook "p" denied it' } }
        : { status: 200, body: {} };
    const answer = (method: string, path: string): ApiAnswer => {
      if (method === "GET") {
        return { status: 200, body: read(path) };
      }
      return method === "PATCH" ? write(path) : { status: 200, body: {} };
    };
    const cluster: Cluster = {
      call: async (method, path) => {
        const name = path.replace(/mesh-precheck-[0-9a-f]+/, "NS").replace(/\?.*/, "");
        calls.push(`${method} ${name}`);
        return answer(method, path);
      },
    };
    return { cluster, calls };
  }

  async function run(
    lists: readonly (readonly JsonObject[])[],
    { refused, abortAfter }: { refused?: string; abortAfter?: number } = {},
  ) {
    const { cluster, calls } = fakeCluster(lists, refused);
    const stop = new AbortController();
    let [now, slept] = [0, 0];
    const clock = {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
        slept += 1;
        if (slept === abortAfter) {
          stop.abort(new Error("interrupted"));
        }
      },
    };
    const told: string[] = [];
    const progress = (text: string) => void told.push(text);
    const options = { clock, timeoutSeconds: 60, signal: stop.signal, progress };
    const trial = tryPulls(cluster, WISH, LIVE, options);
    const ended = await trial.then(
      ({ findings, pulled }) => ({ findings: texts(findings), pulled: [...pulled] }),
      (error: Error) => ({ error: error.message }),
    );
    assert.equal(calls.at(-1), "DELETE /api/v1/namespaces/NS", calls.join("\n"));
    assert.ok(told.some((text) => /is deleted/.test(text)));
    return { ended, calls, now };
  }

  const two = (first: JsonObject, second = first) => [
    { ...first, metadata: { name: "image-0" } },
    { ...second, metadata: { name: "image-1" } },
  ];
  const started = pod({ terminated: { reason: "StartError" } });

  it("after success: namespace, Secret and pods were made in this order", async () => {
    const { ended, calls } = await run([two(waiting("ContainerCreating")), two(started)]);
    assert.deepEqual(ended, {
      findings: ["ok images: 1 pulled by amd-1, arm-1"],
      pulled: [PILOT],
    });
    assert.deepEqual(
      calls.filter((call) => call.startsWith("PATCH")),
      ["", "/secrets/pull-0", "/pods/image-0", "/pods/image-1"].map(
        (rest) => `PATCH /api/v1/namespaces/NS${rest}`,
      ),
    );
  });

  it("after a failure that is certain, at once, with the fix", async () => {
    const gone = waiting("ErrImagePull", 'failed to resolve reference "x": not found');
    const { ended, now } = await run([two(started, gone)]);
    assert.deepEqual(ended, {
      findings: [
        `error image ${PILOT}: node arm-1 does not get it: ErrImagePull: failed to resolve reference "x": not found; fix: correct hub or tag; mesh precheck --images names the near tag`,
      ],
      pulled: [],
    });
    assert.equal(now, 0);
  });

  it("after one that another try mends", async () => {
    const away = waiting("ErrImagePull", "dial tcp: connection refused");
    assert.deepEqual((await run([two(away), two(started)])).ended, {
      findings: ["ok images: 1 pulled by amd-1, arm-1"],
      pulled: [PILOT],
    });
    const { ended, now } = await run([two(away)]);
    assert.match(JSON.stringify(ended), /let the nodes reach the registry/);
    assert.equal(now, 25_000);
  });

  it("when the time is over", async () => {
    const { ended, now } = await run([two(waiting("ContainerCreating"))]);
    assert.match(
      JSON.stringify(ended),
      /warning image .*has not pulled it after 60 s: the node is at it; fix: .*--pull-timeout/,
    );
    assert.equal(now, 60_000);
  });

  it("when pods are refused, or nothing may be made at all", async () => {
    assert.match(
      JSON.stringify((await run([[]], { refused: "/pods/" })).ended),
      /warning images: no node was asked to pull: .*denied.*fix: change what the policy of p denies/,
    );
    const { ended } = await run([[]], { refused: "namespaces/mesh-precheck" });
    assert.match(
      JSON.stringify(ended),
      /who runs this needs the right to create and delete namespaces/,
    );
  });

  it("when it is interrupted", async () => {
    const { ended } = await run([two(waiting("ContainerCreating"))], { abortAfter: 2 });
    assert.deepEqual(ended, { error: "interrupted" });
  });
});
