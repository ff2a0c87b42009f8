import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { formatProblem, InvalidInput } from "../../../mesh/common/problem";
import { gatewayPods } from "../../../mesh/gateway/gatewayConflicts";
import { gatewayObjects } from "../../../mesh/gateway/objects";
import { checkGatewaySelectors } from "../../../mesh/gateway/selector";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { OLD, PREVIOUS } from "../../../toolchain/versions";
import { overlay } from "../mesh/support";
import { gateway } from "./inputs";

function resource(selector: Record<string, string>, namespace = "shop"): K8sObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "shop", namespace },
    spec: { selector, servers: [] },
  };
}

describe("selectors of Gateway resources", () => {
  const ingress = gateway();
  const egress = gateway({ name: "istio-egressgateway", kind: "egress" });
  const check = (selector: Record<string, string>, gateways = [ingress, egress]) =>
    checkGatewaySelectors([resource(selector)], gatewayPods(gateways)).map(formatProblem);

  it("that match some gateway's pods, in any namespace, are right", () => {
    assert.deepEqual(check({ istio: "ingressgateway" }), []);
    assert.deepEqual(check({ istio: "egressgateway", app: "istio-egressgateway" }), []);
    assert.deepEqual(check({}), []);
  });

  it("that match none name the nearest gateway and the label at fault", () => {
    const [text] = check({ istio: "ingresgateway", app: "istio-ingressgateway" });
    assert.equal(
      text,
      "Gateway shop/shop: spec.selector.istio: selects the pods of no gateway; the nearest is " +
        'gateways/istio-ingressgateway (got "ingresgateway"); allowed: ingressgateway; ' +
        'fix: write "istio: ingressgateway"',
    );
  });

  it("with a label that no pod has", () => {
    const [text] = check({ istio: "ingressgateway", team: "shop" });
    assert.match(text ?? "", /spec.selector.team: .*leave team out/);
  });

  it("are not fooled by labels of two gateways put together", () => {
    assert.equal(check({ app: "istio-ingressgateway", istio: "egressgateway" }).length, 1);
  });

  it("without any gateway at all", () => {
    assert.match(check({ istio: "ingressgateway" }, []).join(), /declare the gateway/);
  });

  it("the nearest gateway is one of the same namespace, of equals", () => {
    const other = gateway({ namespace: "shop", name: "shop-gateway" });
    const [text] = check({ istio: "x" }, [ingress, other]);
    assert.match(text ?? "", /nearest is shop\/shop-gateway/);
  });

  it("other objects are passed over, those of the Gateway API too", () => {
    const other = { ...resource({ a: "b" }), apiVersion: "gateway.networking.k8s.io/v1" };
    assert.deepEqual(
      checkGatewaySelectors([other, ...gatewayObjects(ingress)], gatewayPods([egress])),
      [],
    );
  });

  it("of our own Gateway resources always match", () => {
    const own = gateway({ tls: [{ hosts: ["a"], credentialName: "c" }], traffic: "active" });
    assert.deepEqual(checkGatewaySelectors(gatewayObjects(own), gatewayPods([own])), []);
  });

  describe("that select gateways of overlays", () => {
    const selectors = (selector: Record<string, string>, spec: JsonObject = {}) => {
      const inputs = {
        version: PREVIOUS,
        revision: OLD,
        overlays: [overlay(spec)],
        gateways: [gateway({ name: "inner", labels: { istio: "inner" } })],
        gatewayResources: [resource(selector)],
      };
      try {
        planMesh(inputs, overlayLibrary());
        return [];
      } catch (error) {
        assert.ok(error instanceof InvalidInput);
        return error.problems.map(formatProblem);
      }
    };

    it("are right: the profile's, one with labels of its own, and one with patched labels", () => {
      assert.deepEqual(selectors({ istio: "ingressgateway" }), []);
      assert.deepEqual(selectors({ "istio.io/rev": OLD, app: "istio-ingressgateway" }), []);
      const label = { istio: "edge", team: "shop" };
      const own = { ingressGateways: [{ name: "edge", enabled: true, label }] };
      assert.deepEqual(selectors(label, { components: own }), []);
      const patches = [{ path: "spec.template.metadata.labels.example\\.com/zone", value: "a" }];
      const overlays = [{ kind: "Deployment", name: "istio-ingressgateway", patches }];
      const patched = { ingressGateways: [{ name: "istio-ingressgateway", k8s: { overlays } }] };
      assert.deepEqual(selectors({ "example.com/zone": "a" }, { components: patched }), []);
    });

    it("name the nearest of them when they match none", () => {
      assert.match(
        selectors({ istio: "ingresgateway" }).join(),
        /^Gateway shop\/shop: spec.selector.istio: .*nearest is (istio-system\/istio-ingressgateway|gateways\/inner)/,
      );
    });

    it("of a gateway that is switched off match nothing", () => {
      const off = { ingressGateways: [{ name: "istio-ingressgateway", enabled: false }] };
      assert.equal(selectors({ istio: "ingressgateway" }, { components: off }).length, 1);
    });
  });
});
