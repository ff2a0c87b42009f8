import assert from "node:assert/strict";
import { checkServiceChange, gatewayService, portWords } from "../../../mesh/gateway/change";
import type { GatewayInputs, GatewayService } from "../../../mesh/model/gatewayInputs";
import { NEW } from "../../../toolchain/versions";
import { canary, gateway } from "./inputs";

function found(before: GatewayInputs, after: GatewayInputs): string[] {
  return checkServiceChange(before, after).map(({ severity, path }) => `${severity} ${path}`);
}

const words = (before: GatewayInputs, after: GatewayInputs) =>
  portWords(gatewayService(before), gatewayService(after));
const withService = (service: GatewayService) => gateway({ service });

describe("changes that would cost the address", () => {
  it("nothing of a canary, a cutover or a switch does", () => {
    const steps = [
      gateway(),
      canary(90, 10),
      canary(50, 50),
      canary(0, 100, { traffic: "active", active: NEW }),
      gateway({ revisions: [{ revision: NEW }], naming: "google", replicas: 9 }),
    ];
    for (const [index, after] of steps.slice(1).entries()) {
      assert.deepEqual(found(steps[index] as GatewayInputs, after), []);
    }
  });

  it("name and namespace are the Service's identity", () => {
    assert.deepEqual(found(gateway(), gateway({ name: "x", namespace: "y" })), [
      "error name",
      "error namespace",
    ]);
  });

  it("the load balancer is taken away, or moved in or out of the VPC network", () => {
    assert.deepEqual(found(gateway(), withService({ type: "ClusterIP" })), ["error service.type"]);
    assert.deepEqual(found(withService({ type: "ClusterIP" }), gateway()), []);
    assert.deepEqual(found(gateway(), withService({ internal: true })), ["error service.internal"]);
    const annotations = { "cloud.google.com/load-balancer-type": "internal" };
    assert.deepEqual(found(withService({ internal: true }), withService({ annotations })), []);
    const eastWest = (access: "public" | "internal") =>
      gateway({ kind: "east-west", eastWest: { access } });
    assert.deepEqual(found(eastWest("public"), eastWest("internal")), ["error eastWest.access"]);
    const onAws = { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" };
    assert.deepEqual(found(gateway(), withService({ annotations: onAws })), [
      "error service.internal",
    ]);
  });

  it("another address", () => {
    const [one, two] = ["10.0.0.1", "10.0.0.2"].map((loadBalancerIP) =>
      withService({ loadBalancerIP }),
    );
    assert.deepEqual(found(one as never, two as never), ["error service.loadBalancerIP"]);
    assert.deepEqual(found(gateway(), two as never), ["warning service.loadBalancerIP"]);
    assert.deepEqual(found(one as never, gateway()), ["warning service.loadBalancerIP"]);
    assert.match(checkServiceChange(gateway(), two as never)[0]?.fix ?? "", /present address/);
  });

  it("the class of the load balancer, and a port that closes", () => {
    assert.deepEqual(found(gateway(), withService({ loadBalancerClass: "x" })), [
      "error service.loadBalancerClass",
    ]);
    assert.deepEqual(found(withService({ ports: [{ name: "m", port: 99 }] }), gateway()), [
      "warning service.ports",
    ]);
  });

  it("a default port that is renamed closes nothing, and clients are told so", () => {
    const renamed = withService({ ports: [{ name: "web", port: 80 }] });
    assert.deepEqual(found(gateway(), renamed), []);
    assert.deepEqual(words(gateway(), renamed), [
      "port 80 is renamed from http2 to web; its number and node port stay",
    ]);
    const inside = (service: GatewayService) => withService({ type: "ClusterIP", ...service });
    assert.deepEqual(words(inside({}), inside({ ports: [{ name: "web", port: 80 }] })), [
      "port 80 is renamed from http2 to web; its number stays",
    ]);
  });

  it("a node port that changes is a warning; one that is no longer asked for stays", () => {
    const at = (nodePort?: number) =>
      withService({ ports: [{ name: "https", port: 443, nodePort }] });
    assert.deepEqual(found(at(30_443), at(31_443)), ["warning service.ports"]);
    assert.deepEqual(found(at(30_443), at(30_443)), []);
    assert.deepEqual(found(at(30_443), at()), []);
    assert.match(words(at(30_443), at()).join(), /443 \(https\) keeps node port 30443/);
  });
});
