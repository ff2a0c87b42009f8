import assert from "node:assert/strict";
import fc from "fast-check";
import { deepClone, type Json, type JsonObject } from "../../../mesh/common/json";
import { joinPath, splitPath } from "../../../mesh/common/propertyPath";
import { describeLayer } from "../../../mesh/overlay/layer";
import { mergeLayers, mergeObjects } from "../../../mesh/overlay/merge";
import { anyDocument, sameShapes } from "./arbitrary";
import { at, frozen, layer } from "./support";

/** What istioctl's MergeFrom gives: maps by key, all else replaced. */
function expected(base: Json | undefined, over: Json): Json {
  const isMap = (value: unknown): value is JsonObject =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(over)) {
    return over;
  }
  const keys = [...new Set([...Object.keys(base), ...Object.keys(over)])];
  return Object.fromEntries(
    keys.map((key) => {
      const below = Object.hasOwn(base, key) ? base[key] : undefined;
      return [key, Object.hasOwn(over, key) ? expected(below, over[key] as Json) : (below as Json)];
    }),
  );
}

const merged = (...documents: JsonObject[]) =>
  mergeLayers(documents.map((document, index) => layer(String(index), document)));

describe("merge", () => {
  const cases: [string, JsonObject, JsonObject, JsonObject][] = [
    ["maps are merged by key", { a: { b: 1, c: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
    ["lists are replaced whole", { a: [1, 2, 3] }, { a: [4] }, { a: [4] }],
    ["an empty list replaces a list", { a: [1] }, { a: [] }, { a: [] }],
    ["lists of maps are replaced whole", { a: [{ x: 1 }] }, { a: [{ y: 1 }] }, { a: [{ y: 1 }] }],
    ["a map replaces a scalar", { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
    ["a scalar replaces a map", { a: { b: 2 } }, { a: 1 }, { a: 1 }],
    ["an empty map changes no map", { a: { b: 2 } }, { a: {} }, { a: { b: 2 } }],
    ["an empty map replaces a scalar", { a: 1 }, { a: {} }, { a: {} }],
    ["an empty map replaces a list", { a: [1] }, { a: {} }, { a: {} }],
    ["null is a value", { a: { b: 2 } }, { a: null }, { a: null }],
    ["a key that was not given stays", { a: 1 }, { a: undefined as never }, { a: 1 }],
  ];
  for (const [name, base, over, want] of cases) {
    it(`${name}`, () => {
      assert.deepEqual(merged(base, over).document, want);
      assert.deepEqual(mergeObjects(base, over), want);
    });
  }

  for (const value of [false, 0, "", null]) {
    it(`${JSON.stringify(value)} survives, below and above`, () => {
      assert.deepEqual(merged({ a: { b: true } }, { a: { b: value } }).document, {
        a: { b: value },
      });
      assert.deepEqual(merged({ a: { b: value } }, { a: { c: 1 } }).document, {
        a: { b: value, c: 1 },
      });
    });
  }

  it("a layer that gets a key named __proto__ keeps it, and no prototype changes", () => {
    const over = JSON.parse('{"a": {"__proto__": {"polluted": true}, "constructor": {"x": 1}}}');
    const { document } = merged({ a: { b: 1 } }, over);
    assert.equal(
      JSON.stringify(document),
      '{"a":{"b":1,"__proto__":{"polluted":true},"constructor":{"x":1}}}',
    );
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    assert.equal(Object.getPrototypeOf(document.a), Object.prototype);
  });

  it("equals a plain merge by key (property)", () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (base, over) => {
        // A map over nothing or over a scalar is taken as it is, which expected() does too.
        assert.deepEqual(mergeObjects(base, over), expected(base, over));
      }),
    );
  });

  it("is associative where the layers agree on what is a map (property)", () => {
    fc.assert(
      fc.property(sameShapes, sameShapes, sameShapes, (a, b, c) => {
        assert.deepEqual(mergeObjects(mergeObjects(a, b), c), mergeObjects(a, mergeObjects(b, c)));
      }),
    );
  });

  it("the later layer wins (property)", () => {
    fc.assert(
      fc.property(sameShapes, sameShapes, (a, b) => {
        const { document, provenance } = mergeLayers([layer("a", a), layer("b", b)]);
        for (const [outer, inner] of Object.entries(b)) {
          for (const [key, value] of Object.entries(inner as JsonObject)) {
            assert.deepEqual(at(document, `${outer}.${key}`), value);
            assert.equal(provenance[`${outer}.${key}`]?.layer, "file b");
          }
        }
      }),
    );
  });

  it("layers are not changed, and the result shares nothing with them (property)", () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (a, b) => {
        const before = JSON.stringify([a, b]);
        const { document } = mergeLayers(frozen([layer("a", a), layer("b", b)]));
        assert.equal(JSON.stringify([a, b]), before);
        assert.deepEqual(deepClone(document), document);
      }),
    );
    const list: Json[] = [{ x: 1 }];
    const { document } = merged({ a: list });
    (list[0] as JsonObject).x = 2;
    assert.deepEqual(document, { a: [{ x: 1 }] });
  });
});

describe("provenance", () => {
  it("the layer of a field, and those it overrode with their values", () => {
    const { provenance } = merged({ a: { b: 1 } }, { a: { b: false } }, { a: { b: "" } });
    assert.deepEqual(provenance["a.b"], {
      layer: "file 2",
      overrode: [
        { layer: "file 0", value: 1 },
        { layer: "file 1", value: false },
      ],
    });
  });

  const cases: [string, JsonObject[], Record<string, { layer: string; overrode: unknown[] }>][] = [
    [
      "a map replaced by a scalar: each leaf of the map",
      [{ a: { b: 1, c: [2] } }, { a: 3 }],
      {
        a: {
          layer: "file 1",
          overrode: [
            { layer: "file 0", value: 1 },
            { layer: "file 0", value: [2] },
          ],
        },
      },
    ],
    [
      "a scalar replaced by a map: at each leaf of the map",
      [{ a: 1 }, { a: { b: 2, c: { d: 3 } } }],
      {
        "a.b": { layer: "file 1", overrode: [{ layer: "file 0", value: 1 }] },
        "a.c.d": { layer: "file 1", overrode: [{ layer: "file 0", value: 1 }] },
      },
    ],
    [
      "a list replaced by a map",
      [{ a: [1] }, { a: { b: 2 } }],
      { "a.b": { layer: "file 1", overrode: [{ layer: "file 0", value: [1] }] } },
    ],
    [
      "a list is one leaf",
      [{ a: [1, 2] }, { a: [3] }],
      { a: { layer: "file 1", overrode: [{ layer: "file 0", value: [1, 2] }] } },
    ],
    [
      "scalar, map, scalar: the whole chain",
      [{ a: 1 }, { a: { b: 2 } }, { a: 3 }],
      {
        a: {
          layer: "file 2",
          overrode: [
            { layer: "file 0", value: 1 },
            { layer: "file 1", value: 2 },
          ],
        },
      },
    ],
    [
      "an empty map is a leaf until something is below it",
      [{ a: {} }, { a: { b: 1 } }],
      { "a.b": { layer: "file 1", overrode: [] } },
    ],
    [
      "an empty map over a map sets nothing",
      [{ a: { b: 1 } }, { a: {} }],
      { "a.b": { layer: "file 0", overrode: [] } },
    ],
    ["an empty map alone", [{ a: {} }], { a: { layer: "file 0", overrode: [] } }],
    [
      "an empty map over a scalar",
      [{ a: 1 }, { a: {} }],
      { a: { layer: "file 1", overrode: [{ layer: "file 0", value: 1 }] } },
    ],
    [
      "null over a map",
      [{ a: { b: 1 } }, { a: null }],
      { a: { layer: "file 1", overrode: [{ layer: "file 0", value: 1 }] } },
    ],
    [
      "keys with dots",
      [{ a: { "istio.io/rev": "x" } }, { a: { "istio.io/rev": "y" } }],
      { "a.istio\\.io/rev": { layer: "file 1", overrode: [{ layer: "file 0", value: "x" }] } },
    ],
    [
      "a name that starts like another is not below it",
      [{ a: 1, ab: 2 }, { a: 3 }],
      {
        ab: { layer: "file 0", overrode: [] },
        a: { layer: "file 1", overrode: [{ layer: "file 0", value: 1 }] },
      },
    ],
  ];
  for (const [name, documents, want] of cases) {
    it(`${name}`, () => assert.deepEqual({ ...merged(...documents).provenance }, want));
  }

  it("every leaf of the result has an origin, and nothing else has (property)", () => {
    const leaves = (value: Json, path: string): string[] =>
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0
        ? Object.entries(value).flatMap(([key, child]) => leaves(child, joinPath(path, key)))
        : [path];
    fc.assert(
      fc.property(anyDocument, anyDocument, anyDocument, (a, b, c) => {
        const { document, provenance } = merged(a, b, c);
        const wanted = Object.keys(document).length === 0 ? [] : leaves(document, "");
        assert.deepEqual(Object.keys(provenance).sort(), wanted.sort());
      }),
    );
  });

  it("layers are named with their kind", () => {
    assert.equal(describeLayer({ kind: "option", name: "cni-gcp" }), "option cni-gcp");
    assert.equal(describeLayer({ kind: "base", name: "base" }), "base");
  });
});

describe("property paths", () => {
  for (const [path, segments] of [
    ["a.b", ["a", "b"]],
    ["a.b\\.c", ["a", "b.c"]],
    ["a.[0].b", ["a", "[0]", "b"]],
    ["a[0].b", ["a", "[0]", "b"]],
    ["a.[name:x\\.y]", ["a", "[name:x.y]"]],
    [".a.", ["a"]],
    ["", []],
  ] as const) {
    it(`splits ${JSON.stringify(path)}`, () => assert.deepEqual(splitPath(path), segments));
  }

  it("splitting undoes joining (property)", () => {
    const key = fc.stringMatching(/^[a-z./-]{1,8}$/).filter((text) => !text.includes("\\"));
    fc.assert(
      fc.property(fc.array(key, { minLength: 1 }), (keys) => {
        assert.deepEqual(splitPath(keys.reduce(joinPath, "")), keys);
      }),
    );
  });
});
