import assert from "node:assert/strict";
import { gatewayObjects } from "../../../mesh/gateway/objects";
import type { K8sObject } from "../../../mesh/k8s/objects";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import { gatewayOf, losesPods, neededPods } from "../../../mesh/scaling/capacity";
import { handOverText } from "../../../mesh/scaling/handOver";
import { scalerTitle, withoutScaledReplicas } from "../../../mesh/scaling/scalers";
import { NEW as NEW_REVISION, OLD as OLD_REVISION } from "../../../toolchain/versions";
import { canary, find, gateway } from "../gateway/inputs";

const OLD = `istio-ingressgateway-${OLD_REVISION}`;
const NEW = `istio-ingressgateway-${NEW_REVISION}`;

function scaler(kind: string, target: object, spec: object = {}, namespace = "gateways") {
  const metadata = { name: "mine", namespace };
  return { apiVersion: "x/v1", kind, metadata, spec: { scaleTargetRef: target, ...spec } } as never;
}

describe("who sets the number of pods", () => {
  const fixed = find(gatewayObjects(gateway({ replicas: 6 })), "Deployment");
  const replicas = (object: K8sObject) => (object.spec as { replicas?: number }).replicas;
  const target = { kind: "Deployment", name: OLD };

  it("an autoscaler of any kind that names the Deployment, in its namespace", () => {
    for (const one of [
      scaler("HorizontalPodAutoscaler", target),
      scaler("ScaledObject", target),
      scaler("ScaledObject", { name: OLD }),
    ]) {
      assert.equal(replicas(withoutScaledReplicas(fixed, [one])), undefined);
    }
    for (const one of [
      scaler("HorizontalPodAutoscaler", { ...target, name: "other" }),
      scaler("HorizontalPodAutoscaler", { ...target, kind: "StatefulSet" }),
      scaler("HorizontalPodAutoscaler", target, {}, "elsewhere"),
      scaler("PodDisruptionBudget", target),
    ]) {
      assert.equal(replicas(withoutScaledReplicas(fixed, [one])), 6);
    }
    assert.equal(replicas(fixed), 6, "the object itself is not changed");
  });

  it("its bounds, in Kubernetes' words and in KEDA's", () => {
    const bounds = { minReplicas: 2, maxReplicas: 9 };
    assert.match(
      scalerTitle(scaler("HorizontalPodAutoscaler", target, bounds)),
      /mine \(2 to 9\)$/,
    );
    const keda = { minReplicaCount: 0, maxReplicaCount: 4 };
    assert.match(scalerTitle(scaler("ScaledObject", target, keda)), /mine \(0 to 4\)$/);
  });

  it("what is said is about the pods that run", () => {
    const scaled = withoutScaledReplicas(fixed, [scaler("ScaledObject", target)]);
    const live = (count: number) => ({ ...fixed, spec: { replicas: count } }) as K8sObject;
    assert.match(
      handOverText(fixed, scaled, live(9), "X") ?? "",
      /its 9 pods stay; from now on X sets/,
    );
    assert.match(handOverText(scaled, fixed, live(9), undefined) ?? "", /its 9 pods become 6/);
    assert.equal(handOverText(scaled, fixed, live(6), undefined), undefined);
    assert.equal(handOverText(fixed, fixed, live(9), undefined), undefined);
  });
});

describe("pods of a gateway whose revisions an autoscaler scales", () => {
  const autoscaling = { minReplicas: 2, maxReplicas: 10 };
  const one = (revision: string) => gateway({ autoscaling, revisions: [{ revision }] });
  const deployment = (inputs: GatewayInputs, name: string) =>
    find(gatewayObjects(inputs), "Deployment", name);

  it("the one that takes over gets as many as run, within its bounds", () => {
    const live = (pods: number) => [
      { deployment: OLD, pods },
      { deployment: NEW, pods: 1 },
    ];
    assert.deepEqual(neededPods(one(NEW_REVISION), live(6)), [{ deployment: NEW, pods: 7 }]);
    assert.deepEqual(neededPods(one(NEW_REVISION), live(40)), [{ deployment: NEW, pods: 10 }]);
    assert.deepEqual(neededPods(canary(50, 50, { autoscaling }), live(5)), [
      { deployment: NEW, pods: 3 },
    ]);
    assert.deepEqual(neededPods(gateway({ replicas: 2 }), live(6)), []);
  });

  it("with `traffic: active`, the one that serves gets as many as served", () => {
    const active = { traffic: "active", active: NEW_REVISION, autoscaling } as const;
    const live = [
      { deployment: OLD, pods: 8 },
      { deployment: NEW, pods: 2 },
    ];
    assert.deepEqual(neededPods(canary(100, 100, active), live), [{ deployment: NEW, pods: 8 }]);
  });

  it("before a Deployment of a revision that goes is deleted, or one gets fewer pods", () => {
    const after = one(NEW_REVISION);
    const leaving = deployment(one(OLD_REVISION), OLD);
    assert.equal(gatewayOf(leaving, [after]), after);
    assert.ok(losesPods(after, leaving, undefined));
    assert.ok(losesPods(after, leaving, { ...leaving, spec: { replicas: 0 } }));
    assert.ok(!losesPods(after, leaving, leaving));
    assert.ok(!losesPods(one(OLD_REVISION), leaving, undefined), "destroy takes all of it");
    assert.ok(!losesPods(gateway(), leaving, undefined), "numbers of pods stand in the inputs");
  });
});
