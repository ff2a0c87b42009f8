import assert from "node:assert/strict";
import { goMatch, goText } from "../../../mesh/patch/goText";
import { parseYamlMap, resolveScalar } from "../../../mesh/patch/goYaml";

describe("Go texts", () => {
  it("values have the text Go prints", () => {
    assert.equal(goText({ b: 1, a: [true, null, "x"] }), "map[a:[true <nil> x] b:1]");
    assert.deepEqual([1000000, 0.5, 1234567.5, 1e-7].map(goText), [
      "1000000",
      "0.5",
      "1.2345675e+06",
      "1e-07",
    ]);
  });

  it("patterns are searched for anywhere, as Go does", () => {
    assert.ok(goMatch("log", "--log=info"));
    assert.ok(goMatch("(?i)LOG", "--log=info"));
    assert.ok(goMatch("(?P<n>log)=\\w+\\z", "--log=info"));
  });

  it("patterns that Go cannot compile match nothing", () => {
    assert.deepEqual(
      ["(", "a(?=b)", "(a)\\1"].map((pattern) => goMatch(pattern, "aab(")),
      [false, false, false],
    );
  });

  it("YAML scalars are resolved as YAML 1.1", () => {
    const texts = ["yes", "Off", "~", "010", "0x1F", "0b11", "-0b11", "1_000", "08", "1e3", ".5"];
    const values = [true, false, null, 8, 31, 3, -3, 1000, 8, 1000, 0.5];
    assert.deepEqual(texts.map(resolveScalar), values);
    assert.deepEqual(["x", "2024-01-01", "1:20", "1.2.3", "<<"].map(resolveScalar), [
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("only a YAML map is taken for one", () => {
    assert.deepEqual(parseYamlMap("a: {b: [1, no]}"), { a: { b: [1, false] } });
    assert.deepEqual(parseYamlMap("# only: a comment"), {});
    assert.deepEqual(parseYamlMap("a: 1\na: 2\n---\nb: 3"), { a: 2 });
    assert.deepEqual(["- a", "text", "a: b: c", "a: .nan"].map(parseYamlMap), [
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
