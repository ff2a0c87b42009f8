import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { InvalidInput } from "../../../mesh/common/problem";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { NEWEST } from "../../../toolchain/versions";
import { overlay } from "../mesh/support";

/** The reasons why a mesh with these gateways in its overlay is refused. */
function refusals(components: JsonObject, more: Partial<ServiceMeshInputs> = {}): string[] {
  try {
    planMesh(
      { version: NEWEST, profile: "minimal", overlays: [overlay({ components })], ...more },
      overlayLibrary(),
    );
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return error.problems.map(({ path, reason }) => `${path} ${reason}`);
  }
}

const web = { name: "web", namespace: "gw", enabled: true };

describe("names of gateways in overlays", () => {
  it("two gateways of one name in a namespace are refused, also an ingress and an egress one", () => {
    const reason =
      "is the name of another gateway in namespace gw too, so that both would make the same Service";
    assert.deepEqual(refusals({ ingressGateways: [web, { ...web, enabled: false }, web] }), [
      `spec.components.ingressGateways[2].name ${reason}`,
    ]);
    assert.deepEqual(refusals({ ingressGateways: [web], egressGateways: [web] }), [
      `spec.components.egressGateways[0].name ${reason}`,
    ]);
  });

  it("the name of a typed gateway is refused", () => {
    const gateways = [{ name: "web", namespace: "gw", revisions: [{ revision: "default" }] }];
    assert.match(
      refusals({ ingressGateways: [web] }, { gateways }).join("\n"),
      /^spec\.components\.ingressGateways\[0\]\.name is the name of a typed gateway in namespace gw too/,
    );
  });

  it("another namespace and a gateway that is off are fine", () => {
    const elsewhere = { ...web, namespace: "other" };
    const off = { ...web, enabled: false };
    assert.deepEqual(refusals({ ingressGateways: [web, elsewhere, off] }), []);
  });
});
