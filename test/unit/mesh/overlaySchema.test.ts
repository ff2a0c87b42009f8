import assert from "node:assert/strict";
import Ajv from "ajv";
import schema from "../../../mesh/data/istioOperator.schema.json";

describe("the schema of overlays", () => {
  it("is valid itself, which is not looked at again when it is used", () => {
    assert.doesNotThrow(() => new Ajv({ allowUnionTypes: true }).compile(schema));
  });
});
