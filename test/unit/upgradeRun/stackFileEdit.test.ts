import assert from "node:assert/strict";
import fc from "fast-check";
import { load } from "js-yaml";
import type { Json } from "../../../mesh/common/json";
import { type ConfigEdit, editedStackFile } from "../../../mesh/runner/stackFileEdit";

const TEXT = `# The mesh of production.
encryptionsalt: v1:abc
config:
  # the version of the node agents
  mesh:version: 1.30.4

  mesh:charts: {kind: folder, path: ./charts}   # ours
  mesh:revisions:
    - revision: 1-30-4   # the first one
  mesh:gateways:
    # everything comes in here
    - name: web
      replicas: 10   # enough for the evening
      revisions:
        - { revision: 1-30-4, weight: 100 }
    - name: api
      revisions: [{ revision: 1-30-4 }]
  # what the shop needs
  mesh:namespaces:
    - { name: shop, revision: stable }
  other:key:
    secure: v1:xyz
environment:
  - team
`;

const configIn = (text: string) => (load(text) as { config: Record<string, Json> }).config;

const edit = (key: string, after: Json | undefined, before = configIn(TEXT)[key]): ConfigEdit => ({
  key,
  before,
  after,
});

/** The lines that only one of two texts has. */
function difference(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}

describe("edits of a stack's file", () => {
  it("change the lines of a key, and no other", () => {
    const after = editedStackFile(TEXT, [edit("mesh:version", "1.31.0")]);
    assert.deepEqual(difference(TEXT, after), [
      "-  mesh:version: 1.30.4",
      "+  mesh:version: 1.31.0",
    ]);
  });

  it("nothing is changed without an edit", () => {
    assert.equal(editedStackFile(TEXT, []), TEXT);
  });

  it("add a key behind the others, and take it out again", () => {
    const upgrade = edit("mesh:upgrade", { to: "1.31.0", stage: "install" });
    const added = editedStackFile(TEXT, [upgrade]);
    assert.deepEqual(difference(TEXT, added), [
      "+  mesh:upgrade:",
      "+    to: 1.31.0",
      "+    stage: install",
    ]);
    assert.match(added, /stage: install\nenvironment:\n/);
    assert.equal(editedStackFile(added, [{ ...upgrade, after: undefined }]), TEXT);
  });

  it("keep comments inside of what changes", () => {
    const gateways: Json = [
      { name: "web", replicas: 10, revisions: [{ revision: "1-31-0", weight: 100 }] },
      { name: "api", revisions: [{ revision: "1-31-0" }] },
    ];
    const after = editedStackFile(TEXT, [edit("mesh:gateways", gateways)]);
    assert.deepEqual(configIn(after)["mesh:gateways"], gateways);
    assert.match(after, /# everything comes in here\n {4}- name: web\n {6}replicas: 10 # enough/);
    assert.match(after, /\n {2}# what the shop needs\n {2}mesh:namespaces:\n/);
  });

  it("know items of a list by their names", () => {
    const revisions = [{ revision: "1-31-0" }, { revision: "1-30-4" }];
    const after = editedStackFile(TEXT, [edit("mesh:revisions", revisions)]);
    assert.match(after, /- revision: 1-31-0\n {4}- revision: 1-30-4 # the first one\n/);
  });

  it("refuse to write an encrypted value in plain", () => {
    assert.throws(
      () => editedStackFile(TEXT, [edit("other:key", "open", "hidden")]),
      /an encrypted value changes; set it with pulumi config set --secret/,
    );
    const same = editedStackFile(TEXT, [edit("other:key", "hidden", "hidden")]);
    assert.ok(same.includes("secure: v1:xyz"));
  });

  it("begin a file, and a configuration in braces", () => {
    const add: ConfigEdit = { key: "mesh:version", before: undefined, after: "1.31.0" };
    for (const text of ["", "config: {}\n", "encryptionsalt: v1:abc\n"]) {
      const after = editedStackFile(text, [add]);
      assert.deepEqual(configIn(after), { "mesh:version": "1.31.0" }, after);
    }
    const braces = editedStackFile('config: { "mesh:hub": a }\n', [add]);
    assert.deepEqual(configIn(braces), { "mesh:hub": "a", "mesh:version": "1.31.0" });
  });

  it("whatever the values are, the file has the new ones and all others", () => {
    const values = fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json);
    const keys = fc.constantFrom("a:one", "a:two", "a:three", "a:four");
    const configs = fc.dictionary(keys, values, { minKeys: 1 });
    const plain = (config: unknown) => JSON.parse(JSON.stringify(config));
    fc.assert(
      fc.property(configs, configs, (before, after) => {
        const text = editedStackFile(
          "config:\n  x:y: 1 # kept\n",
          Object.entries(before).map(([key, value]) => ({ key, before: undefined, after: value })),
        );
        const all = [...new Set([...Object.keys(before), ...Object.keys(after)])];
        const edits = all.map((key) => ({ key, before: before[key], after: after[key] }));
        const result = editedStackFile(text, edits);
        assert.deepEqual(plain(configIn(result)), plain({ "x:y": 1, ...after }));
        assert.match(result, /x:y: 1 # kept/);
      }),
    );
  });
});
