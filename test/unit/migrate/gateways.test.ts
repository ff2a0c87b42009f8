import assert from "node:assert/strict";
import { load } from "js-yaml";
import type { JsonObject } from "../../../mesh/common/json";
import { checkAllGatewayInputs } from "../../../mesh/gateway/check";
import { typedGateways } from "../../../mesh/migrate/gateways";
import { NEW } from "../../../toolchain/versions";
import { at, overlayText, resolve } from "../mesh/support";

function typed(body: string) {
  const text = overlayText(body);
  const document = load(text) as JsonObject;
  const { components } = resolve({ revision: NEW, overlays: [document] });
  return typedGateways(text, document, components);
}

const ONE = `spec:
  components:
    ingressGateways:
      # for the shop
      - name: shop
        namespace: shop-gateways
        k8s:
          serviceAnnotations:
            example.com/a: b
`;

describe("migrate --gateways", () => {
  it("makes a typed gateway that is valid, and switches the overlay's off", () => {
    const { text, gateways, problems } = typed(ONE);
    assert.deepEqual(problems, []);
    assert.equal(gateways.length, 1);
    const [gateway] = gateways;
    assert.deepEqual([gateway?.name, gateway?.namespace], ["shop", "shop-gateways"]);
    assert.deepEqual(gateway?.revisions, [{ revision: NEW }]);
    assert.deepEqual(checkAllGatewayInputs(gateways), []);
    assert.deepEqual(at(load(text) as JsonObject, "spec.components.ingressGateways"), [
      {
        name: "shop",
        namespace: "shop-gateways",
        k8s: { serviceAnnotations: { "example.com/a": "b" } },
        enabled: false,
      },
    ]);
    assert.match(text, /# for the shop/);
  });

  it("leaves out the gateways of the profile, and those that are off", () => {
    const none = typed("spec:\n  meshConfig:\n    accessLogFile: /x\n");
    assert.deepEqual([none.gateways, none.notes], [[], []]);
    const off = typed(
      "spec:\n  components:\n    egressGateways:\n      - name: e\n        enabled: false\n",
    );
    assert.deepEqual(off.gateways, []);
  });

  it("a gateway with a setting that has no counterpart stays in the overlay", () => {
    const body = `${ONE}          overlays:\n            - {kind: Service, name: shop, patches: [{path: spec.x, value: 1}]}\n`;
    const { text, gateways, problems } = typed(body);
    assert.deepEqual(gateways, []);
    assert.equal(text, overlayText(body));
    assert.match(problems[0]?.reason ?? "", /no counterpart/);
  });
});
