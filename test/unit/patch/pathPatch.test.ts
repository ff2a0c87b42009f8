import assert from "node:assert/strict";
import fc from "fast-check";
import { deepClone, type Json, type JsonObject } from "../../../mesh/common/json";
import { applyK8sOverlays, applyPathPatches } from "../../../mesh/patch/pathPatch";
import { anyJson, anyObject, anyPath } from "./arbitrary";
import { frozen, getPath, istiodObjects } from "./istioctl";

function patched(object: Record<string, Json>, path: string, value?: Json): Json {
  const result = applyPathPatches(frozen(object), frozen([{ path, value }]));
  assert.deepEqual(result.problems, []);
  return result.object;
}

describe("path patches", () => {
  it("sets a field and creates what is missing on the way", () => {
    assert.deepEqual(patched({}, "a.b.c", 1), { a: { b: { c: 1 } } });
  });

  it("keeps values that are false, 0 or empty", () => {
    for (const value of [false, 0, "", [], {}]) {
      assert.deepEqual(patched({ a: { b: "x" } }, "a.b", value), { a: { b: value } });
    }
  });

  it("no value and null delete", () => {
    assert.deepEqual(patched({ a: { b: 1, c: 2 } }, "a.b"), { a: { c: 2 } });
    assert.deepEqual(patched({ a: [1, 2] }, "a.[0]", null), { a: [2] });
  });

  it("[key:value] selects an object of a list", () => {
    const object: JsonObject = { a: [{ name: "x" }, { name: "y", v: 1 }] };
    assert.deepEqual(patched(object, "a.[name:y].v", 2), {
      a: [{ name: "x" }, { name: "y", v: 2 }],
    });
    assert.deepEqual(patched(object, "a.[name:y]"), { a: [{ name: "x" }] });
    assert.deepEqual(patched({ a: [{ port: 80 }] }, "a.[port:80].n", "h"), {
      a: [{ port: 80, n: "h" }],
    });
  });

  it("[:value] selects a scalar of a list by pattern", () => {
    const object = { args: ["proxy", "--log=info"] };
    assert.deepEqual(patched(object, "args.[:^--log]", "--log=debug"), {
      args: ["proxy", "--log=debug"],
    });
  });

  it("[N] selects by position", () => {
    assert.deepEqual(patched({ a: ["x", "y"] }, "a.[1]", "z"), { a: ["x", "z"] });
  });

  it("[-1] and positions behind the end append", () => {
    assert.deepEqual(patched({ a: ["x"] }, "a.[-1]", "y"), { a: ["x", "y"] });
    assert.deepEqual(patched({ a: ["x"] }, "a.[7]", "y"), { a: ["x", "y"] });
    assert.deepEqual(patched({ a: [] }, "a.[-1].b", 1), { a: [{ b: 1 }] });
  });

  it("escaped dots are part of a key", () => {
    assert.deepEqual(patched({}, "a.b\\.io/c", "d"), { a: { "b.io/c": "d" } });
  });

  it("a text with a YAML map becomes that map", () => {
    assert.deepEqual(patched({}, "a", "b: yes\nc: [1]\n"), { a: { b: true, c: [1] } });
    assert.deepEqual(patched({}, "a", '{"b": 1}'), { a: '{"b": 1}' });
  });

  it("oddity: a missing list becomes a map keyed by the selector", () => {
    assert.deepEqual(patched({}, "a.[0]", "x"), { a: { "[0]": "x" } });
  });

  it("oddity: deleting below something missing leaves empty maps", () => {
    assert.deepEqual(patched({}, "a.b.c"), { a: { b: {} } });
  });

  it("oddity: a list that a patch brought is appended to", () => {
    const patches = [
      { path: "a", value: { l: [1] } },
      { path: "a.l", value: 2 },
    ];
    assert.deepEqual(applyPathPatches({}, patches).object, { a: { l: [1, 2] } });
  });

  it("reports every patch that fails, and applies the others", () => {
    const object = { list: [{ name: "x" }], text: "t" };
    const { object: result, problems } = applyPathPatches(frozen(object), [
      { path: "list.[name:y].v", value: 1 },
      { path: "text.below", value: 2 },
      { path: "list.[9]" },
      { path: "" },
      { path: "ok", value: 3 },
    ]);
    assert.deepEqual(result, { ...object, ok: 3 });
    assert.deepEqual(
      problems.map(({ path, value }) => [path, value]),
      [
        ["list.[name:y].v", 1],
        ["text.below", 2],
        ["list.[9]", undefined],
        ["", undefined],
      ],
    );
    assert.ok(problems.every(({ reason, fix }) => reason !== "" && fix !== ""));
  });

  it("the result shares nothing with the patches", () => {
    const value = { b: 1 };
    const { object } = applyPathPatches<Record<string, Json>>({}, [{ path: "a", value }]);
    (object.a as { b: number }).b = 2;
    assert.equal(value.b, 1);
  });

  it("no patch is the identity", () => {
    fc.assert(
      fc.property(anyObject, (object) => {
        assert.deepEqual(applyPathPatches(object, []), { object, problems: [] });
      }),
    );
  });

  it("never throws and changes neither argument", () => {
    const patch = fc.record({ path: anyPath, value: anyJson }, { requiredKeys: ["path"] });
    fc.assert(
      fc.property(anyObject, fc.array(patch), (object, patches) => {
        const before = deepClone(object);
        applyPathPatches(frozen(object), frozen(patches));
        assert.deepEqual(object, before);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("k8s overlays", () => {
  const replicas = [{ path: "spec.replicas", value: 5 }];

  it("change the object of their kind and name, whatever the API version", () => {
    const overlay = { apiVersion: "x/v9", kind: "Deployment", name: "istiod", patches: replicas };
    const { objects, problems, warnings } = applyK8sOverlays([overlay], frozen(istiodObjects()));
    assert.equal(getPath(objects[0], "spec", "replicas"), 5);
    assert.deepEqual(objects.slice(1), istiodObjects().slice(1));
    assert.deepEqual([problems, warnings], [[], []]);
  });

  it("that match nothing warn and name the nearest objects", () => {
    const overlay = { kind: "Deployment", name: "istio", patches: replicas };
    const { objects, warnings } = applyK8sOverlays([overlay], istiodObjects());
    assert.deepEqual(objects, istiodObjects());
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]?.object, "Deployment/istio");
    assert.equal(warnings[0]?.nearest[0], "Deployment/istiod");
  });

  it("that match nothing among no objects warn too", () => {
    const overlay = { kind: "Deployment", name: "istio" };
    assert.deepEqual(applyK8sOverlays([overlay], []).warnings[0]?.nearest, []);
  });

  it("name the object in their problems", () => {
    const patches = [{ path: "spec.replicas.x", value: 1 }];
    const overlay = { kind: "Deployment", name: "istiod", patches };
    assert.equal(
      applyK8sOverlays([overlay], istiodObjects()).problems[0]?.object,
      "Deployment/istiod",
    );
  });

  it("cannot remove an object's kind", () => {
    const overlay = { kind: "Service", name: "istiod", patches: [{ path: "kind" }] };
    const { objects, problems } = applyK8sOverlays([overlay], istiodObjects());
    assert.deepEqual(objects, istiodObjects());
    assert.equal(problems[0]?.path, "kind");
  });
});
