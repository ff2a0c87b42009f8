import assert from "node:assert/strict";
import Ajv from "ajv";
import fc from "fast-check";
import { isObject, type Json, type JsonObject } from "../../../mesh/common/json";
import { kubernetesSchemas } from "../../../mesh/objectFaults/kubernetesSchemas";
import { compiledValidators, lazyValidators } from "../../../mesh/objectFaults/validators";
import { certainlyFits } from "../../../mesh/schema/certainlyFits";

const { schema: schemaOf } = kubernetesSchemas();

const ANY: fc.Arbitrary<Json> = fc.oneof(
  ...[fc.constant(null), fc.boolean(), fc.integer(), fc.constant(1.5), fc.constant("500m")],
  ...[fc.string(), fc.constant("TCP"), fc.constant([]), fc.constant({}), fc.constant([{}])],
) as fc.Arbitrary<Json>;

/** Mostly values that fit a schema, with some that do not, at any depth. */
function valueFor(schema: Json | undefined, depth: number): fc.Arbitrary<Json> {
  if (!isObject(schema) || depth === 0) {
    return ANY;
  }
  if (typeof schema.definition === "string") {
    return valueFor(schemaOf(schema.definition), depth);
  }
  const fitting = fittingValue(schema, depth);
  return fc.oneof({ weight: 30, arbitrary: fitting }, { weight: 1, arbitrary: ANY });
}

function fittingValue(schema: JsonObject, depth: number): fc.Arbitrary<Json> {
  if (Array.isArray(schema.enum)) {
    return fc.constantFrom(...schema.enum);
  }
  switch ([schema.type].flat()[0]) {
    case "object": {
      const properties = Object.entries(isObject(schema.properties) ? schema.properties : {});
      const fields = properties.map(([name, one]) => [name, valueFor(one, depth - 1)] as const);
      const others = isObject(schema.additionalProperties)
        ? { a: valueFor(schema.additionalProperties, depth - 1) }
        : {};
      const unknown = fc.oneof({ weight: 30, arbitrary: fc.constant({}) }, fc.constant({ zz: 1 }));
      const required = (schema.required ?? []) as string[];
      return fc
        .tuple(
          fc.record(
            { ...Object.fromEntries(fields), ...others },
            { requiredKeys: required as never },
          ),
          unknown,
        )
        .map(([record, more]) => ({ ...record, ...more }) as Json);
    }
    case "array":
      return fc.array(valueFor(schema.items, depth - 1), { maxLength: 2 }) as fc.Arbitrary<Json>;
    case "integer":
      return fc.integer();
    case "number":
      return fc.double();
    case "boolean":
      return fc.boolean();
    default:
      return fc.constantFrom("", "a", "500m", "YQ==");
  }
}

const DEFINITIONS = [
  "core.v1.Container",
  "core.v1.Service",
  "core.v1.PodSpec",
  "apps.v1.DeploymentSpec",
  "autoscaling.v2.HorizontalPodAutoscalerSpec",
];

describe("certainlyFits", () => {
  it("says the same as the compiled schema, of values that fit and of others", () => {
    const compile = compiledValidators(schemaOf);
    const lazy = lazyValidators(schemaOf);
    let [fit, all] = [0, 0];
    for (const name of DEFINITIONS) {
      const check = compile(name);
      fc.assert(
        fc.property(valueFor(schemaOf(name), 5), (value) => {
          const isFit = check(value);
          assert.equal(lazy(name)(value), isFit, JSON.stringify(value));
          all += 1;
          fit += isFit ? 1 : 0;
        }),
        { numRuns: 150 },
      );
    }
    assert.ok(fit > 50 && all - fit > 50, `${fit} of ${all} values fit`);
  });

  it("follows references, and counts as unsure what it does not know", () => {
    const tree = {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          type: "object",
          properties: { next: { $ref: "#/$defs/node" }, size: { type: "integer", minimum: 1 } },
          additionalProperties: false,
        },
      },
    };
    const check = new Ajv().compile(tree);
    for (const value of [
      {},
      { next: { size: 1 } },
      { next: { size: 0 } },
      { next: { other: 1 } },
    ]) {
      assert.equal(certainlyFits(tree, value), check(value), JSON.stringify(value));
    }
    assert.equal(certainlyFits({ oneOf: [{ type: "string" }] }, "a"), false);
    assert.equal(certainlyFits({ $ref: "#/nowhere" }, "a"), false);
    assert.equal(certainlyFits({ type: "string", format: "byte" }, "a"), false);
    assert.equal(certainlyFits({ additionalProperties: false }, { a: undefined }), false);
  });
});
