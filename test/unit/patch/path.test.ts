import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePath, splitPatchPath } from "../../../mesh/patch/path";

describe("path grammar", () => {
  it("separates at dots", () => {
    assert.deepEqual(splitPatchPath("spec.template.spec"), ["spec", "template", "spec"]);
  });

  it("keeps escaped dots", () => {
    assert.deepEqual(splitPatchPath("metadata.annotations.a\\.io/b"), [
      "metadata",
      "annotations",
      "a.io/b",
    ]);
  });

  it("separates a selector from its list with or without a dot", () => {
    assert.deepEqual(splitPatchPath("a[0].b"), splitPatchPath("a.[0].b"));
  });

  it("separates at a dot inside brackets unless it is escaped", () => {
    assert.deepEqual(splitPatchPath("a.[name:x.y]"), ["a", "[name:x", "y]"]);
    assert.deepEqual(splitPatchPath("a.[name:x\\.y]"), ["a", "[name:x.y]"]);
  });

  it("[key:value] selects by key", () => {
    const [, selector] = parsePath("env.[name:REVISION]");
    assert.deepEqual(selector?.keyValue, { key: "name", value: "REVISION" });
  });

  it("[key:value] takes one colon", () => {
    assert.equal(parsePath("[a:b:c]")[0]?.keyValue, undefined);
    assert.deepEqual(parsePath("[a:b\\:c]")[0]?.keyValue, { key: "a", value: "b\\:c" });
  });

  it("[:pattern] and [pattern] select a scalar", () => {
    assert.equal(parsePath("args.[:--log\\.*]")[1]?.pattern, "--log.*");
    assert.equal(parsePath("args.[:--log]")[1]?.pattern, "--log");
    assert.equal(parsePath("args.[--log]")[1]?.pattern, "--log");
  });

  it("[N] and [-1] select by position", () => {
    const indices = ["[0]", "[12]", "[-1]", "[-2]", "[1.5]", "[]", "[x]"];
    const parsed = indices.map((text) => parsePath(text)[0]?.index);
    assert.deepEqual(parsed, [0, 12, -1, undefined, undefined, undefined, undefined]);
  });

  it("the empty path has no elements", () => {
    assert.deepEqual(parsePath(""), []);
    assert.deepEqual(parsePath("."), []);
  });

  it("plain keys survive escaping and parsing", () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9.-]*[a-z0-9]$/);
    fc.assert(
      fc.property(fc.array(key, { minLength: 1 }), (keys) => {
        const path = keys.map((name) => name.replaceAll(".", "\\.")).join(".");
        assert.deepEqual(splitPatchPath(path), keys);
      }),
    );
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (path) => Array.isArray(parsePath(path))));
  });
});
