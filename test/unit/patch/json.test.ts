import assert from "node:assert/strict";
import fc from "fast-check";
import {
  deepClone,
  deepEqual,
  getKey,
  isObject,
  type JsonObject,
  setKey,
} from "../../../mesh/common/json";
import { anyJson } from "./arbitrary";

describe("plain JSON", () => {
  it("tells objects from lists and null", () => {
    assert.deepEqual([{}, [], null, "x", undefined].map(isObject), [
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("a clone is equal and shares nothing", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const clone = deepClone(value);
        assert.deepEqual(clone, value);
        assert.ok(deepEqual(clone, value));
        assert.ok(typeof value !== "object" || value === null || clone !== value);
      }),
    );
  });

  it("equality looks at data, not at the order of keys", () => {
    assert.ok(deepEqual({ a: 1, b: [{}] }, { b: [{}], a: 1 }));
    assert.ok(!deepEqual([1, 2], [2, 1]));
    assert.ok(!deepEqual({ a: null }, {}));
    assert.ok(!deepEqual({}, []));
    assert.ok(!deepEqual({ toString: 1 }, { valueOf: 1 }));
  });

  it("inherited names are not keys, and __proto__ is one like any other", () => {
    const object: JsonObject = {};
    assert.equal(getKey(object, "constructor"), undefined);
    setKey(object, "__proto__", { a: 1 });
    assert.deepEqual(getKey(deepClone(object), "__proto__"), { a: 1 });
    assert.equal(object.a, undefined);
  });
});
