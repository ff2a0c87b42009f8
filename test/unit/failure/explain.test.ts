import assert from "node:assert/strict";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import {
  awaitNewPods,
  explainFailure,
  watchRollout,
} from "../../../adapters/failure/explainRollout";
import type { JsonObject } from "../../../mesh/common/json";
import type { RolloutState } from "../../../mesh/failure/newPods";
import type { Clock } from "../../../mesh/guard/waiting";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { NEW } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { fakeClock } from "../guard/clock";
import { pod, rollout } from "./objects";

const APPS = "/apis/apps/v1/namespaces/edge";
const CORE = "/api/v1/namespaces/edge";
const LATE = "failed to fully initialize or become live: timed out";

/** A cluster that shows one state after the other, and the last one for good. */
function showing(
  states: readonly RolloutState[],
  log = "2026 fatal",
): Cluster & { calls: string[] } {
  const calls: string[] = [];
  let looks = 0;
  const answer = (state: RolloutState, path: string): ApiAnswer => {
    const { object } = state.workload;
    const lists: Record<string, readonly JsonObject[]> = {
      [`${APPS}/replicasets`]: state.replicaSets,
      [`${APPS}/deployments`]: [object],
      [`${CORE}/pods`]: state.pods,
    };
    if (path === `${APPS}/deployments/web-${NEW}`) {
      return { status: 200, body: object };
    }
    const items = lists[path];
    return items === undefined
      ? { status: path.endsWith("/log") ? 200 : 403, body: { message: log } }
      : { status: 200, body: { items: [...items] } };
  };
  return {
    calls,
    async call(_method, url): Promise<ApiAnswer> {
      calls.push(url);
      const path = url.split("?")[0] ?? "";
      // Each look begins with the workload.
      looks += path.endsWith(`/web-${NEW}`) ? 1 : 0;
      return answer(states[Math.min(looks, states.length) - 1] as RolloutState, path);
    },
  };
}

const OBJECT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: `web-${NEW}`, namespace: "edge" },
  spec: { selector: { matchLabels: { app: "web" } } },
} as K8sObject;
const ROLLOUT = { object: OBJECT, seconds: 300 };

const CRASH: JsonObject = {
  restartCount: 4,
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: { terminated: { exitCode: 1, reason: "Error" } },
};
const crashing = rollout([pod("web-a", CRASH)]);
const starting = rollout([pod("web-a", { state: { waiting: { reason: "ContainerCreating" } } })]);
const fine = rollout([pod("web-a", {}, { ready: true })], {
  status: { replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
});

describe("the cluster is asked why", () => {
  it("pod, container and reason, with the end of the log; events are not needed", async () => {
    const cluster = showing([crashing]);
    const text = await explainFailure(cluster, ROLLOUT, [LATE]);
    assert.match(text, pattern`^Deployment edge/web-${NEW} did not come up within 300 s\.\n`);
    assert.match(text, /cause: pod web-a, container istio-proxy: ends instead of running/);
    assert.match(text, /last lines of its log:\n2026 fatal\n/);
    const pods = cluster.calls.find((url) => url.startsWith(`${CORE}/pods?`));
    assert.match(pods ?? "", /labelSelector=app%3Dweb/);
    const log = cluster.calls.find((url) => url.includes("/pods/web-a/log?"));
    assert.match(log ?? "", /container=istio-proxy&tailLines=10/);
    assert.doesNotMatch(log ?? "", /previous/);
  });

  it("an image has no log to read", async () => {
    const waiting = { state: { waiting: { reason: "ImagePullBackOff" } } };
    const cluster = showing([rollout([pod("web-a", waiting)])]);
    await explainFailure(cluster, ROLLOUT, [LATE]);
    assert.ok(!cluster.calls.some((url) => url.includes("/log")));
  });

  it("a cluster that does not answer is named in its place", async () => {
    const dead: Cluster = { call: () => Promise.reject(new Error("ECONNREFUSED")) };
    assert.match(
      await explainFailure(dead, ROLLOUT, [LATE]),
      /asked why: ECONNREFUSED\nto continue:/,
    );
  });
});

describe("a workload is watched while Pulumi waits", () => {
  it("the cause is told as soon as waiting is in vain, and not before", async () => {
    const clock = fakeClock();
    const warning = await watchRollout(showing([starting, starting, crashing]), ROLLOUT, clock);
    assert.match(warning ?? "", /does not come up: pod web-a, .*exit code 1.*; fix: its log/);
    assert.deepEqual(clock.slept, [10_000, 5_000, 5_000]);
  });

  it("nothing is told of one that comes up", async () => {
    assert.equal(await watchRollout(showing([starting, fine]), ROLLOUT, fakeClock()), undefined);
  });

  it("nothing is told once nobody waits any more", async () => {
    const stopped: Clock = { now: () => 0, sleep: () => Promise.reject(new Error("stopped")) };
    assert.equal(await watchRollout(showing([crashing]), ROLLOUT, stopped), undefined);
  });

  it("a call that does not get through is tried again", async () => {
    let calls = 0;
    const cluster = showing([crashing]);
    const flaky: Cluster = {
      call: (...args) => {
        calls += 1;
        return calls === 1 ? Promise.reject(new Error("reset")) : cluster.call(...args);
      },
    };
    assert.match((await watchRollout(flaky, ROLLOUT, fakeClock())) ?? "", /does not come up/);
  });
});

describe("a Deployment that Pulumi takes for ready", () => {
  const before = rollout([pod("web-a", {}, { ready: true })], {
    status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
  });
  const asked = (more: JsonObject = {}, annotations: Record<string, string> = {}) => ({
    ...ROLLOUT,
    object: {
      ...OBJECT,
      metadata: { ...OBJECT.metadata, annotations },
      spec: { ...(OBJECT.spec as JsonObject), replicas: 2, ...more },
    } as K8sObject,
  });

  it("is waited for until its controller has seen the change and the new pods run", async () => {
    const clock = fakeClock();
    const cluster = showing([before, before, starting, fine]);
    assert.equal(await awaitNewPods(cluster, asked(), 3, clock), undefined);
    assert.deepEqual(clock.slept, [1_000, 1_000, 1_000]);
  });

  it("is explained when the new pods do not come up in the time that is left", async () => {
    const clock = fakeClock();
    const text = await awaitNewPods(showing([before, crashing]), asked(), 290, clock);
    assert.match(
      text ?? "",
      pattern`^Deployment edge/web-${NEW} did not come up within 300 s\.\ncause:`,
    );
    assert.match(text ?? "", /In the stack it counts as ready, .*`mesh status` says when it is/);
    assert.equal(
      clock.slept.reduce((sum, slept) => sum + slept, 0),
      10_000,
    );
  });

  it("needs as many pods as were asked for, not as many as an autoscaler wants meanwhile", async () => {
    const { object } = fine.workload;
    const scaled = { ...object, spec: { ...(object.spec as JsonObject), replicas: 9 } };
    const state = { ...fine, workload: { ...fine.workload, object: scaled } };
    assert.equal(await awaitNewPods(showing([state]), asked(), 0, fakeClock()), undefined);
  });

  it("did not come up, and is not called refused, if the cluster no longer answers", async () => {
    const dead: Cluster = { call: () => Promise.reject(new Error("ECONNREFUSED")) };
    assert.match(
      (await awaitNewPods(dead, asked(), 299, fakeClock())) ?? "",
      pattern`^Deployment edge/web-${NEW} did not come up, and the cluster cannot be asked why: ECONNREFUSED`,
    );
  });

  it("is not waited for if it is paused, if the user said so, or if it cannot be read", async () => {
    const clock = fakeClock();
    const paused = asked({ paused: true });
    const skipped = asked({}, { "pulumi.com/skipAwait": "true" });
    for (const each of [paused, skipped]) {
      assert.equal(await awaitNewPods(showing([before]), each, 0, clock), undefined);
    }
    const forbidden: Cluster = {
      call: async () => ({ status: 403, body: { message: "forbidden" } }),
    };
    assert.equal(await awaitNewPods(forbidden, asked(), 0, clock), undefined);
    assert.deepEqual(clock.slept, []);
  });
});
