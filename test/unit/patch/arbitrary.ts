import fc from "fast-check";
import { type Json, type JsonObject, setKey } from "../../../mesh/common/json";

const NAMES = ["name", "spec", "template", "metadata", "containers", "env", "ports", "finalizers"];
const DIRECTIVES = [
  "$patch",
  "$retainKeys",
  "$setElementOrder/env",
  "$deleteFromPrimitiveList/env",
];

const scalar = fc.oneof(
  fc.constantFrom<Json>(null, false, true, 0, 1, "", "x", "a: b", "delete", "replace", "merge"),
  fc.string(),
);

const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES, ...DIRECTIVES, "__proto__", "toString"), tie("value"), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
}));

/** Any JSON value, rich in the names and directives that a merge looks at. */
export const anyJson = value.map((json) => json as Json);

/** Any JSON object. */
export const anyObject = fc.dictionary(fc.constantFrom(...NAMES, "kind"), anyJson, {
  noNullPrototype: true,
});

const mapScalar = fc.constantFrom<Json>(false, 0, 1, "", "x");
const mapKey = fc.stringMatching(/^[a-z]{1,3}$/);

/** Objects of objects and scalars, without lists, nulls and directives. */
export const plainMap = fc
  .array(fc.tuple(mapKey, mapKey, mapScalar), { maxLength: 8 })
  .map((entries) => entries.reduce(addEntry, {}));

function addEntry(map: JsonObject, [outer, inner, item]: [string, string, Json]): JsonObject {
  const below = map[outer];
  const rest = typeof below === "object" && below !== null ? (below as JsonObject) : {};
  setKey(map, outer, { ...rest, [inner]: item });
  return map;
}

/** Any path of a patch, also malformed ones. */
export const anyPath = fc.oneof(
  fc.string(),
  fc
    .array(
      fc.constantFrom(
        ...NAMES,
        "[0]",
        "[-1]",
        "[9]",
        "[name:x]",
        "[:x]",
        "[:(]",
        "[x]",
        "[",
        "a\\.b",
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.join(".")),
);
