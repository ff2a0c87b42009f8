import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../../mesh/common/json";
import { isEquivalent } from "../../../mesh/diff/equivalent";
import { diffFields } from "../../../mesh/diff/fields";
import { diffLines, hunks } from "../../../mesh/diff/lines";
import { readManifests } from "../../../mesh/diff/manifests";
import { diffObjects } from "../../../mesh/diff/objects";
import { printFields, printObjects } from "../../../mesh/diff/print";
import { anyDocument } from "../mesh/arbitrary";
import { frozen, k8sObject } from "../mesh/support";

describe("diff of fields", () => {
  const cases: [string, Json, Json, object[]][] = [
    ["a changed value", { a: 1 }, { a: 2 }, [{ path: "a", from: 1, to: 2 }]],
    ["an added field", {}, { a: 1 }, [{ path: "a", to: 1 }]],
    ["a removed field", { a: null }, {}, [{ path: "a", from: null }]],
    ["false, 0 and empty are values", { a: false }, { a: 0 }, [{ path: "a", from: false, to: 0 }]],
    ["the order of keys is none", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [
      "items with names are told apart by them",
      { c: [{ name: "x", v: 1 }, { name: "y" }] },
      { c: [{ name: "z" }, { name: "x", v: 2 }] },
      [
        { path: "c[name:x].v", from: 1, to: 2 },
        { path: "c[name:y]", from: { name: "y" } },
        { path: "c[name:z]", to: { name: "z" } },
      ],
    ],
    [
      "another order of named items",
      [{ name: "x" }, { name: "y" }],
      [{ name: "y" }, { name: "x" }],
      [{ path: " (order)", from: ["x", "y"], to: ["y", "x"] }],
    ],
    ["a flag more", { a: ["x"] }, { a: ["y", "x"] }, [{ path: "a[:y]", to: "y" }]],
    [
      "other lists go by position",
      [[1], [2]],
      [[1], [3], [4]],
      [
        { path: "[1][:2]", from: 2 },
        { path: "[1][:3]", to: 3 },
        { path: "[2]", to: [4] },
      ],
    ],
    [
      "YAML in a text is compared field by field",
      { data: { mesh: "a: 1\nb: 2\n" } },
      { data: { mesh: "b: 2\na: 3\n" } },
      [{ path: "data.mesh/a", from: 1, to: 3 }],
    ],
    ["JSON too", { v: '{"a":1}' }, { v: '{"a":2}' }, [{ path: "v/a", from: 1, to: 2 }]],
    [
      "texts that differ in form only are shown whole",
      { v: "a: 1\nb: 2\n" },
      { v: "b: 2\na: 1\n" },
      [{ path: "v", from: "a: 1\nb: 2\n", to: "b: 2\na: 1\n" }],
    ],
    ["a list for a map", { a: [] }, { a: {} }, [{ path: "a", from: [], to: {} }]],
  ];
  for (const [name, from, to, want] of cases) {
    it(`${name}`, () => assert.deepEqual(diffFields(from, to), want));
  }

  it("nothing differs from itself, and looking changes nothing (property)", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        assert.deepEqual(diffFields(frozen(document), frozen(document)), []);
      }),
    );
  });

  it("the other way round it is the same fields, the sides swapped (property)", () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (a, b) => {
        const paths = (list: ReturnType<typeof diffFields>) => list.map(({ path }) => path).sort();
        assert.deepEqual(paths(diffFields(a, b)), paths(diffFields(b, a)));
      }),
    );
  });

  for (const [path, from, to, same] of [
    ["x.resources.limits.cpu", "2000m", "2", true],
    ["x.resources.limits.cpu", "2000m", 2, true],
    ["x.resources.requests.memory", "2048Mi", "2Gi", true],
    ["x.resources.requests.memory", "2048M", "2Gi", false],
    ["x.other.limits.cpu", "2000m", "2", false],
    ["c.env[name:A].value", "", undefined, true],
    ["c.env[name:A].value", "", "x", false],
  ] as const) {
    it(`${path}: ${from} and ${to} mean ${same ? "the same" : "something else"}`, () =>
      assert.equal(isEquivalent(path, from, to), same));
  }
});

describe("diff of texts", () => {
  const apply = (lines: ReturnType<typeof diffLines>, sign: "+" | "-") =>
    lines
      .filter((line) => line.sign === " " || line.sign === sign)
      .map(({ text }) => text)
      .join("\n");

  it("the lines give both texts back (property)", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 })
      .map((l) => l.join("\n"));
    fc.assert(
      fc.property(text, text, (from, to) => {
        const lines = diffLines(from, to);
        assert.equal(apply(lines, "-"), from);
        assert.equal(apply(lines, "+"), to);
      }),
    );
  });

  it("keeps a line that moved nowhere", () => {
    const signs = diffLines("a\nb\nc", "a\nx\nc").map(({ sign, text }) => sign + text);
    assert.deepEqual(signs, [" a", "-b", "+x", " c"]);
  });

  it("shows some lines around a change, and where there are more", () => {
    const from = Array.from({ length: 20 }, (_, i) => String(i)).join("\n");
    const shown = hunks(diffLines(from, from.replace("10", "x")), 1);
    assert.deepEqual(
      shown.map((line) => line && line.sign + line.text),
      [" 9", "-10", "+x", " 11", undefined],
    );
  });

  it("texts that are too long to compare are shown as replaced", () => {
    const long = (prefix: string) =>
      Array.from({ length: 2500 }, (_, i) => `${prefix}${i}`).join("\n");
    assert.equal(diffLines(long("a"), long("b")).length, 5000);
  });
});

describe("diff of objects", () => {
  const before = [k8sObject("Service", "a"), k8sObject("ConfigMap", "b", { data: { x: "1" } })];
  const after = [k8sObject("ConfigMap", "b", { data: { x: "2" } }), k8sObject("Secret", "c")];

  it("added, removed and changed, in the order in which they are applied", () => {
    const diffs = diffObjects(before, after);
    assert.deepEqual(
      diffs.map(({ change, title }) => `${change} ${title}`),
      ["changed ConfigMap b", "added Secret c", "removed Service a"],
    );
    assert.deepEqual(printObjects(diffs), [
      "~ ConfigMap b",
      '  ~ data.x: "1" -> "2"',
      "+ Secret c",
      "- Service a",
      "3 objects differ: 1 added, 1 removed, 1 changed",
    ]);
  });

  it("what the API server keeps about an object is no difference, nor is another version of its API", () => {
    const live = k8sObject("Service", "a", {
      metadata: { uid: "1", resourceVersion: "2", generation: 3, managedFields: [] },
      status: { x: 1 },
    });
    assert.deepEqual(diffObjects([live], [k8sObject("Service", "a")]), []);
    const moved = diffObjects(
      [{ ...k8sObject("X", "a"), apiVersion: "g/v1beta1" }],
      [{ ...k8sObject("X", "a"), apiVersion: "g/v1" }],
    );
    assert.deepEqual(moved[0]?.fields, [{ path: "apiVersion", from: "g/v1beta1", to: "g/v1" }]);
  });

  it("nothing differs", () => {
    assert.deepEqual(printObjects(diffObjects(before, before)), ["no differences"]);
  });

  it("texts are shown line by line, long values are cut, and colours come from outside", () => {
    const lines = printFields(
      [
        { path: "a", from: "x\ny", to: "x\nz" },
        { path: "b", to: "v".repeat(1000) },
      ],
      (sign, text) => `<${sign}>${text}`,
    );
    assert.deepEqual(lines.slice(0, 4), ["<~>  ~ a:", "        x", "<->      - y", "<+>      + z"]);
    assert.match(lines[4] ?? "", /… \(1002 characters\)$/);
  });
});

describe("manifests that were written", () => {
  it("any number of documents, and lists of kubectl", () => {
    const object = (name: string) => `{apiVersion: v1, kind: X, metadata: {name: ${name}}}`;
    const text = `---\n${object("a")}\n---\n# none\n---\nkind: List\napiVersion: v1\nitems: [${object("b")}, ${object("c")}]\n`;
    const { objects, problems } = readManifests("m.yaml", text);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      ["a", "b", "c"],
    );
  });

  for (const [name, text, reason] of [
    ["no YAML", "a: [", /is not valid YAML/],
    ["no object", "a: 1", /is not a Kubernetes object/],
  ] as const) {
    it(`${name} is a problem that names the file`, () => {
      const { problems } = readManifests("m.yaml", text);
      assert.equal(problems[0]?.source, "m.yaml");
      assert.match(problems[0]?.reason ?? "", reason);
    });
  }
});
