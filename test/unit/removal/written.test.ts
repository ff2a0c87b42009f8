import assert from "node:assert/strict";
import { isIstiods } from "../../../mesh/ownership/written";

function configMap(...managers: readonly string[]) {
  const managedFields = managers.map((manager) => ({ manager, fieldsV1: {} }));
  return { metadata: { managedFields } };
}

describe("removal: what istiod has written", () => {
  it("is istiod's when nobody else has written to it", () => {
    assert.equal(isIstiods(configMap("pilot-discovery")), true);
  });

  it("stays when somebody else has, or nobody knows", () => {
    assert.equal(isIstiods(configMap("pilot-discovery", "kubectl-edit")), false);
    assert.equal(isIstiods(configMap("trust-manager")), false);
    assert.equal(isIstiods(configMap()), false);
    assert.equal(isIstiods({}), false);
  });
});
