import assert from "node:assert/strict";
import { isWrittenByIstiodAlone } from "../../../mesh/ownership/istiodConfigMaps";

function configMap(...managers: readonly string[]) {
  const managedFields = managers.map((manager) => ({ manager, fieldsV1: {} }));
  return { metadata: { managedFields } };
}

describe("removal: what istiod has written", () => {
  it("is istiod's when nobody else has written to it", () => {
    assert.equal(isWrittenByIstiodAlone(configMap("pilot-discovery")), true);
  });

  it("stays when somebody else has, or nobody knows", () => {
    assert.equal(isWrittenByIstiodAlone(configMap("pilot-discovery", "kubectl-edit")), false);
    assert.equal(isWrittenByIstiodAlone(configMap("trust-manager")), false);
    assert.equal(isWrittenByIstiodAlone(configMap()), false);
    assert.equal(isWrittenByIstiodAlone({}), false);
  });
});
