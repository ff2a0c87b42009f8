import fc from "fast-check";
import type { JsonObject } from "../../../mesh/common/json";

const KEYS = ["spec", "values", "hub", "a", "b.c", "enabled", "__proto__", "constructor"];

const scalar = fc.constantFrom<unknown>(null, false, true, 0, 1, "", "x", "true", "1.10");

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Any JSON object, with awkward keys and falsy values. */
export const anyDocument = fc
  .dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 5, noNullPrototype: true })
  .map((document) => document as JsonObject);

const shallow = fc.oneof(
  fc.constantFrom<unknown>(false, 0, "", "x", 7),
  fc.array(fc.integer(), { maxLength: 2 }),
);

/** Documents in which a path is a map in all of them or in none, so that types do not clash. */
export const sameShapes = fc
  .dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.dictionary(fc.constantFrom("x", "y", "z"), shallow, { noNullPrototype: true }),
    { noNullPrototype: true },
  )
  .map((document) => document as JsonObject);

/** Texts that look like overlays, more or less. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "apiVersion: install.istio.io/v1alpha1\n",
        "kind: IstioOperator\n",
        "spec:\n",
        "  values:\n",
        "    a: &x [1]\n",
        "    b: *x\n",
        "  hub: 5\n",
        "\t\n",
        "---\n",
        "- [\n",
        "  <<: *x\n",
        "  ? {a: b}\n",
        "    enabled: 'true'\n",
        "  tag: 2024-01-01\n",
        "%YAML 1.2\n",
        "  c: !!binary aGk=\n",
        "  d: .inf\n",
        "'",
        "}",
      ),
      { maxLength: 12 },
    )
    .map((lines) => lines.join("")),
);
