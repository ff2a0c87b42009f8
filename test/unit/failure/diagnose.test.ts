import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import type { Cause } from "../../../mesh/failure/cause";
import { diagnose } from "../../../mesh/failure/diagnose";
import { NEW, NEWEST } from "../../../toolchain/versions";
import { daemonRollout, event, pod, rollout } from "./objects";

function causeOf(...args: Parameters<typeof rollout>): Cause {
  const cause = diagnose(rollout(...args));
  assert.ok(cause);
  return cause;
}

const waiting = (reason: string, message = ""): JsonObject => ({
  restartCount: 0,
  state: { waiting: { reason, message } },
});

const ended = (restartCount: number, terminated: JsonObject): JsonObject => ({
  restartCount,
  state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
  lastState: { terminated },
});

describe("what keeps a pod from being ready", () => {
  it("an image that is not there: with the registry's words, and no log", () => {
    const events = [
      event("web-a", "Failed", `Failed to pull image "hub/proxyv2:${NEWEST}": not found`, "01"),
      event("web-a", "Failed", "Error: ImagePullBackOff", "02"),
      event("web-b", "Failed", 'Failed to pull image "other": refused', "03"),
    ];
    const pods = [pod("web-a", waiting("ImagePullBackOff", "Back-off pulling image"))];
    const cause = causeOf(pods, { events });
    assert.equal(
      cause.text,
      `pod web-a, container istio-proxy: the image hub/proxyv2:${NEWEST} cannot be pulled (ImagePullBackOff): ` +
        `Failed to pull image "hub/proxyv2:${NEWEST}": not found`,
    );
    assert.equal(cause.certain, true);
    assert.equal(cause.log, undefined);
    assert.equal(
      cause.fix,
      "correct the image's hub and tag, or make the registry give it to the nodes",
    );
  });

  it("without events, the container's own message", () => {
    const pods = [pod("web-a", waiting("InvalidImageName", 'couldn\'t parse image name "x y"'))];
    assert.match(causeOf(pods).text, /\(InvalidImageName\): couldn't parse image name "x y"$/);
  });

  it("one failure to pull is not certain yet", () => {
    assert.equal(causeOf([pod("web-a", waiting("ErrImagePull"))]).certain, false);
  });

  it("an injected image stays in the pod: it has to be made anew", () => {
    const pods = [pod("web-a", waiting("ImagePullBackOff"), { image: "hub/proxyv2:nope" })];
    assert.match(
      causeOf(pods).fix,
      /, and replace the pods \(a gateway's `restart`, or delete them\), because they keep what/,
    );
  });

  it("a crash: exit code, restarts and the log of the run that ended", () => {
    const pods = [pod("web-a", ended(5, { exitCode: 255, reason: "Error" }), { phase: "Running" })];
    const cause = causeOf(pods);
    assert.equal(
      cause.text,
      "pod web-a, container istio-proxy: ends instead of running (CrashLoopBackOff, exit code 255, Error, 5 restarts)",
    );
    assert.equal(cause.certain, true);
    assert.deepEqual(cause.log, { pod: "web-a", container: "istio-proxy", previous: false });
  });

  it("a crash that has just been restarted: the log of the run before", () => {
    const status = {
      ...ended(1, { exitCode: 1, reason: "Error" }),
      state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
    };
    const cause = causeOf([pod("web-a", status)]);
    assert.equal(cause.log?.previous, true);
    assert.equal(cause.certain, false, "it may have waited for something");
  });

  it("a crash that has not been restarted yet", () => {
    const status = { restartCount: 0, state: { terminated: { exitCode: 2, reason: "Error" } } };
    assert.match(causeOf([pod("web-a", status)]).text, /exit code 2, Error, 0 restarts/);
  });

  it("want of memory", () => {
    const cause = causeOf([pod("web-a", ended(3, { exitCode: 137, reason: "OOMKilled" }))]);
    assert.match(cause.text, /ran out of memory \(OOMKilled, exit code 137, 3 restarts\)/);
    assert.equal(cause.fix, "raise the container's memory limit");
  });

  it("configuration that is missing", () => {
    const pods = [
      pod("web-a", waiting("CreateContainerConfigError", 'secret "cacerts" not found')),
    ];
    const cause = causeOf(pods);
    assert.match(cause.text, /\(CreateContainerConfigError\): secret "cacerts" not found$/);
    assert.equal(cause.certain, true);
  });

  it("a volume that cannot be mounted", () => {
    const message = 'MountVolume.SetUp failed: configmap "istio-ca-root-cert" not found';
    const events = [event("web-a", "FailedMount", message)];
    const cause = causeOf([pod("web-a", waiting("ContainerCreating"))], { events });
    assert.match(cause.text, /has not started: FailedMount: .*"istio-ca-root-cert" not found$/);
    assert.equal(cause.certain, false);
  });

  it("nothing said yet", () => {
    const cause = causeOf([pod("web-a", waiting("ContainerCreating"))]);
    assert.match(cause.text, /has not started \(ContainerCreating\)$/);
  });

  it("a readiness probe, with what runs now in the log", () => {
    const events = [event("web-a", "Unhealthy", "Readiness probe failed: HTTP 503")];
    const status = { restartCount: 0, state: { running: {} } };
    const cause = causeOf([pod("web-a", status, { phase: "Running" })], { events });
    assert.match(cause.text, /runs but is not ready: Readiness probe failed: HTTP 503$/);
    assert.deepEqual(cause.log, { pod: "web-a", container: "istio-proxy", previous: false });
  });

  it("an init container comes first", () => {
    const init = [{ name: "istio-validation", ready: false, ...ended(4, { exitCode: 126 }) }];
    const cause = causeOf([pod("web-a", waiting("PodInitializing"), { init })]);
    assert.match(cause.text, /container istio-validation: ends instead of running/);
  });

  it("no node, with the scheduler's words", () => {
    const message = "0/3 nodes are available: 3 Insufficient cpu.";
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
    const cause = causeOf([pod("web-a", undefined, { conditions: [condition] })]);
    assert.equal(cause.text, `pod web-a: no node accepts it: Unschedulable: ${message}`);
    assert.equal(cause.certain, false, "a node may come");
  });

  it("what is certain before what is not; old and leaving pods do not count", () => {
    const pods = [
      pod("web-old", waiting("ImagePullBackOff"), { former: true }),
      pod("web-gone", waiting("ImagePullBackOff"), { leaving: true }),
      pod("web-a", waiting("ContainerCreating")),
      pod("web-b", waiting("CreateContainerConfigError")),
    ];
    assert.match(causeOf(pods).text, /^pod web-b,/);
  });
});

describe("pods that cannot be made", () => {
  const creation = (message: string) =>
    causeOf([], { failure: { reason: "FailedCreate", message } });

  it("a webhook that does not answer", () => {
    const message =
      'Internal error occurred: failed calling webhook "rev.namespace.sidecar-injector.istio.io": ' +
      `failed to call webhook: Post "https://istiod-${NEW}.istio-system.svc:443/inject?timeout=10s": ` +
      `no endpoints available for service "istiod-${NEW}"`;
    const cause = creation(message);
    assert.equal(cause.text, `its pods cannot be created: ${message}`);
    assert.match(cause.fix, /webhook rev\.namespace\.sidecar-injector\.istio\.io /);
    assert.equal(cause.certain, false, "istiod may come back");
  });

  it("a quota, a level of PodSecurity, a policy and an account", () => {
    const cases: [string, RegExp, boolean][] = [
      [
        'pods "web-x" is forbidden: exceeded quota: team, requested: pods=1',
        /ResourceQuota team,/,
        false,
      ],
      [
        'pods "web-x" is forbidden: violates PodSecurity "restricted:latest": …',
        /level restricted:/,
        true,
      ],
      [
        'admission webhook "validation.gatekeeper.sh" denied the request: no',
        /validation\.gatekeeper\.sh/,
        true,
      ],
      [
        'error looking up service account edge/web: serviceaccount "web" not found',
        /ServiceAccount web$/,
        false,
      ],
      ["something new", /what the message names/, false],
    ];
    for (const [message, fix, certain] of cases) {
      const cause = creation(message);
      assert.match(cause.fix, fix);
      assert.equal(cause.certain, certain, message);
    }
  });

  it("a DaemonSet tells it in an event only", () => {
    const events = [event("istio-cni-node", "FailedCreate", "exceeded quota: team")];
    const cause = diagnose(daemonRollout([], events));
    assert.equal(cause?.text, "its pods cannot be created: exceeded quota: team");
  });
});

describe("a workload as a whole", () => {
  it("is fine once all pods are new and ready", () => {
    const status = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    const pods = [pod("web-a", {}, { ready: true }), pod("web-b", {}, { ready: true })];
    assert.equal(diagnose(rollout(pods, { status })), undefined);
  });

  it("says how far it is when no pod is in trouble", () => {
    const conditions = [
      { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "late" },
    ];
    const { text } = causeOf([pod("web-a", {}, { ready: true })], { status: { conditions } });
    assert.equal(text, "0 of 3 pods are new and ready (ProgressDeadlineExceeded: late)");
  });

  it("is not judged before its controller has seen the change", () => {
    const pods = [pod("web-a", waiting("ImagePullBackOff"))];
    assert.match(causeOf(pods, { status: { observedGeneration: 1 } }).text, /controller has not/);
  });

  it("a DaemonSet's pods of before do not count", () => {
    const cause = diagnose(
      daemonRollout([
        { name: "cni-1", generation: "1", ready: false },
        { name: "cni-2", generation: "2", ready: false },
      ]),
    );
    assert.match(cause?.text ?? "", /^pod cni-2, container install-cni: runs but is not ready$/);
  });
});
