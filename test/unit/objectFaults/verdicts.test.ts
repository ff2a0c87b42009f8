import assert from "node:assert/strict";
import { pathText } from "../../../mesh/common/propertyPath";
import { objectFaults } from "../../../mesh/objectFaults/objectFaults";
import { OWN_KINDS } from "../../support/objectVerdicts";

describe("what the API server would refuse, by the schemas of its version", () => {
  for (const { title, object, fault } of OWN_KINDS) {
    it(`${fault === undefined ? "takes" : "refuses"} ${title}`, () => {
      const found = objectFaults([object], { kubernetesVersion: "1.34.2" });
      const paths = found.map(({ segments }) => pathText(segments));
      assert.deepEqual(paths, fault === undefined ? [] : [fault], JSON.stringify(found));
    });
  }
});
