import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import schema from "../../../mesh/data/istioOperator.schema.json";

const PAGE = readFileSync(join(__dirname, "../../../docs/istio-operator.md"), "utf8");

/** Whether a name stands in the page as code, alone or at the end of a path. */
const isNamed = (field: string) => new RegExp(`[\`.]${field}\`|\`${field}\\b`).test(PAGE);

describe("the page on the IstioOperator reference", () => {
  const { spec } = schema.properties;
  for (const [title, properties] of [
    ["the spec", spec.properties],
    ["its components", spec.properties.components.properties],
    ["a gateway", schema.$defs.gateway.properties],
    ["k8s", schema.$defs.k8s.properties],
  ] as const) {
    it(`names each field of ${title}`, () => {
      assert.deepEqual(
        Object.keys(properties).filter((field) => !isNamed(field)),
        [],
      );
    });
  }
});
