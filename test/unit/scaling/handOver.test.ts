import assert from "node:assert/strict";
import { gatewayObjects } from "../../../mesh/gateway/objects";
import { handsOver, holdReplicas } from "../../../mesh/scaling/handOver";
import { NEW, OLD } from "../../../toolchain/versions";
import { canary, find, gateway } from "../gateway/inputs";

describe("a Deployment that gets an autoscaler", () => {
  const autoscaling = { minReplicas: 2, maxReplicas: 9 };
  const fixed = find(gatewayObjects(gateway({ replicas: 6 })), "Deployment");
  const scaled = find(gatewayObjects(gateway({ autoscaling })), "Deployment");

  it("would fall to one pod, so its number is held", () => {
    assert.equal(handsOver(fixed, scaled), true);
    assert.deepEqual(holdReplicas(fixed), {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: `istio-ingressgateway-${OLD}`, namespace: "gateways" },
      spec: { replicas: 6 },
    });
  });

  it("no other update is a hand-over", () => {
    assert.equal(handsOver(scaled, scaled), false);
    assert.equal(handsOver(scaled, fixed), false);
    assert.equal(handsOver(fixed, fixed), false);
    assert.equal(handsOver(undefined, scaled), false);
    assert.equal(handsOver(fixed, undefined), false);
  });

  it("without pods begins anew: an autoscaler leaves 0 alone", () => {
    const name = `istio-ingressgateway-${NEW}`;
    const parked = find(gatewayObjects(canary(100, 0, { autoscaling })), "Deployment", name);
    const woken = find(gatewayObjects(canary(50, 50, { autoscaling })), "Deployment", name);
    assert.equal(handsOver(parked, woken), false);
    assert.equal(holdReplicas(parked), undefined);
  });
});
