import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import {
  decideInjection,
  type InjectionState,
  type InjectionTarget,
  makesNewPods,
} from "../../../mesh/guard/decideInjection";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import fixtures from "../injection/fixtures/webhooks.json";

import { configurations } from "../injection/scenarios";
import { istiod, pod } from "./objects";

const READY: InjectionState = {
  mutatingWebhooks: configurations("old", "new", "prod-old"),
  namespaceLabels: { "kubernetes.io/metadata.name": "edge" },
  deployments: [istiod(OLD), istiod(NEW)],
  pods: [],
};

const WISH: InjectionTarget = {
  namespace: "edge",
  revision: NEW,
  podLabels: { istio: "ingressgateway", "istio.io/rev": NEW },
};

function decide(state: Partial<InjectionState>, target: Partial<InjectionTarget> = {}) {
  const decision = decideInjection({ ...READY, ...state }, { ...WISH, ...target });
  const { kind } = decision;
  return { kind, reason: "reason" in decision ? decision.reason : "", decision };
}

describe("a gateway waits for its control plane, or fails at once", () => {
  it("ok: one webhook with a certificate, istiod available", () => {
    assert.equal(decide({}).kind, "ok");
  });

  it("wait: istiod's pod crashes; pod, container and reason are named", () => {
    const crashing = pod(`istiod-${NEW}-abc`, {
      labels: { app: "istiod", "istio.io/rev": NEW },
      ready: false,
      container: {
        name: "discovery",
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } },
        lastState: { terminated: { exitCode: 1, reason: "Error" } },
      },
    });
    const { kind, reason, decision } = decide({
      deployments: [istiod(OLD), istiod(NEW, false)],
      pods: [pod(`istiod-${OLD}-x`, { labels: { "istio.io/rev": OLD } }), crashing],
    });
    assert.equal(kind, "wait");
    assert.equal(
      reason,
      `istiod of revision ${NEW} (Deployment istiod-${NEW}) is not available: pod istiod-${NEW}-abc, ` +
        "container discovery: CrashLoopBackOff: back-off 5m0s, last ended with exit code 1 (Error)",
    );
    assert.deepEqual("culprit" in decision && decision.culprit?.container, "discovery");
  });

  it("wait: scaled to 0 is not available, though Kubernetes says so", () => {
    const none = { ...istiod(NEW), spec: { replicas: 0 } };
    const { kind, reason } = decide({ deployments: [none] });
    assert.equal(kind, "wait");
    assert.match(reason, /is not available: it is scaled to 0/);
  });

  it("wait: no node takes the pod", () => {
    const { reason } = decide({
      deployments: [istiod(NEW, false)],
      pods: [
        pod("istiod-0", {
          labels: { "istio.io/rev": NEW },
          ready: false,
          phase: "Pending",
          conditions: [
            {
              type: "PodScheduled",
              status: "False",
              reason: "Unschedulable",
              message: "0/3 nodes are available",
            },
          ],
        }),
      ],
    });
    assert.match(reason, /pod istiod-0: Unschedulable: 0\/3 nodes are available/);
  });

  it("wait: the webhook has no certificate yet", () => {
    const { kind, reason } = decide({
      mutatingWebhooks: [fixtures.new] as unknown as JsonObject[],
    });
    assert.equal(kind, "wait");
    assert.match(reason, /has no caBundle yet/);
  });

  it("wait: istiod is there and its webhook comes any moment", () => {
    const { kind, reason } = decide({ mutatingWebhooks: configurations("old") });
    assert.equal(kind, "wait");
    assert.match(reason, pattern`webhook of revision ${NEW} is not there yet`);
  });

  it("wait: the namespace is about to be made", () => {
    assert.match(
      decide({ namespaceLabels: undefined }).reason,
      /namespace edge does not exist yet/,
    );
  });

  it("fail: the revision is not in the cluster at all", () => {
    const { kind, reason } = decide({}, { revision: "1-30-0", podLabels: {} });
    assert.equal(kind, "fail");
    assert.match(reason, pattern`no webhook of a revision or tag 1-30-0 .*${OLD}, ${NEW}, prod`);
  });

  it("the namespace's label alone decides about a gateway that leaves it to that label", () => {
    const wish = {
      byNamespace: true,
      podLabels: { istio: "ingressgateway", "sidecar.istio.io/inject": "true" },
    };
    assert.equal(decide({ namespaceLabels: { "istio.io/rev": NEW } }, wish).kind, "ok");
    const bare = decide({}, wish);
    assert.equal(bare.kind, "fail");
    assert.equal(
      bare.reason,
      "the namespace edge has no label istio.io/rev, which alone decides about the pods (`injection: namespace`)",
    );
    assert.match(
      JSON.stringify(bare.decision),
      pattern`add the namespace to \`namespaces\` with revision ${NEW}, or kubectl label namespace edge istio.io/rev=${NEW}`,
    );
    const other = decide({ namespaceLabels: { "istio.io/rev": "prod" } }, wish);
    assert.equal(other.kind, "fail");
    assert.match(
      other.reason,
      pattern`injects the pod and not ${NEW}: the namespace has the label istio.io/rev=prod`,
    );
  });

  it("without a label the default revision does not count, though its webhook matches", () => {
    const mutatingWebhooks = configurations("default");
    const podLabels = { "sidecar.istio.io/inject": "true" };
    const wish = { revision: "default", podLabels };
    const deployments = [istiod("default")];
    assert.equal(decide({ mutatingWebhooks, deployments }, wish).kind, "ok");
    assert.equal(
      decide({ mutatingWebhooks, deployments }, { ...wish, byNamespace: true }).kind,
      "fail",
    );
  });

  it("fail: the namespace's label hands the pods to another revision", () => {
    const { kind, reason } = decide({ namespaceLabels: { "istio.io/rev": "prod" } });
    assert.equal(kind, "fail");
    assert.match(reason, /namespace has the label istio.io\/rev=prod/);
  });

  it("fail, although istiod is not ready: waiting would not help", () => {
    const { kind } = decide({
      namespaceLabels: { "istio-injection": "disabled" },
      deployments: [istiod(NEW, false)],
    });
    assert.equal(kind, "fail");
  });

  it("a tag leads to its revision's istiod", () => {
    const podLabels = { "istio.io/rev": "prod" };
    const target = { revision: "prod", podLabels };
    assert.equal(decide({ deployments: [istiod(OLD)] }, target).kind, "ok");
    assert.equal(decide({ deployments: [istiod(NEW)] }, target).kind, "wait");
  });

  it("a managed revision needs a webhook and no istiod here", () => {
    const text = JSON.stringify(fixtures.new).replaceAll(NEW, "asm-managed");
    const state = { mutatingWebhooks: [JSON.parse(text) as JsonObject], deployments: [] };
    const podLabels = { "istio.io/rev": "asm-managed" };
    assert.equal(decide(state, { revision: "asm-managed", podLabels }).kind, "ok");
    assert.equal(
      decide(state, { revision: "asm-managed", podLabels, managed: false }).kind,
      "wait",
    );
    assert.equal(
      decide({ ...state, mutatingWebhooks: [] }, { revision: "asm-managed" }).kind,
      "fail",
    );
  });

  it("an istiod elsewhere, reached by URL, is not looked for here", () => {
    const text = JSON.stringify(configurations("new")).replaceAll(
      /"service":\{[^}]*\}/g,
      '"url":"https://istiod.example:15017/inject"',
    );
    assert.equal(
      decide({ mutatingWebhooks: JSON.parse(text) as JsonObject[], deployments: [] }).kind,
      "ok",
    );
  });
});

describe("only new pods have to be injected", () => {
  const deployment = (replicas: number | undefined, image = "auto"): JsonObject => ({
    spec: {
      ...(replicas !== undefined && { replicas }),
      template: { spec: { containers: [{ image }] } },
    },
  });

  it("a new Deployment, another template and more replicas make pods", () => {
    assert.ok(makesNewPods(undefined, deployment(1)));
    assert.ok(makesNewPods(deployment(1), deployment(1, "other")));
    assert.ok(makesNewPods(deployment(1), deployment(2)));
    assert.ok(makesNewPods(deployment(undefined), deployment(1)));
  });

  it("a rollback that takes pods away needs no healthy control plane", () => {
    assert.ok(!makesNewPods(deployment(3), deployment(0)));
    assert.ok(!makesNewPods(deployment(3), deployment(3)));
    assert.ok(!makesNewPods(deployment(3), deployment(undefined)), "an autoscaler takes over");
  });
});
