import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../mesh/common/json";
import type { Setting } from "../../../mesh/model/meshInputs";
import { mergeLayers } from "../../../mesh/overlay/merge";
import { setPath, settingLayers, settingName } from "../../../mesh/overlay/setting";
import { NEW, NEWEST } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { at, frozen, layer, problemsOf, resolve } from "./support";

function applied(settings: readonly Setting[], below: JsonObject = {}): Json | undefined {
  const { layers, problems } = settingLayers(settings, frozen(below));
  assert.deepEqual(problems, []);
  return mergeLayers([layer("below", below), ...layers]).document.spec;
}

describe("--set reads values as istioctl does", () => {
  const values: [string, Json][] = [
    ["", ""],
    ["true", true],
    ["TRUE", true],
    ["t", true],
    ["false", false],
    ["F", false],
    ["tRUE", "tRUE"],
    ["1", 1],
    ["0", 0],
    ["+5", 5],
    ["-12345678", -12345678],
    ["007", 7],
    ["1.23456", 1.23456],
    ["0.00", 0],
    ["-6.54321", -6.54321],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1e999", "1e999"],
    ["1_000", 1000],
    ["0x10", "0x10"],
    ["foobar", "foobar"],
    ["123foobar", "123foobar"],
    ["1.2.3", "1.2.3"],
    ["null", "null"],
    ["[]", "[]"],
    ["{}", "{}"],
    ["a\\,b", "a,b"],
    ["a,b", "a,b"],
    ["constructor", "constructor"],
    ["__proto__", "__proto__"],
    ["a=b=c", "a=b=c"],
    ["  spaced  ", "spaced"],
  ];
  for (const [text, value] of values) {
    it(`${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => {
      assert.deepEqual(applied([`values.a=${text}`]), { values: { a: value } });
    });
  }

  for (const path of [
    "tag",
    "values.global.tag",
    "values.compatibilityVersion",
    "compatibilityVersion",
    "meshConfig.defaultConfig.proxyMetadata.ISTIO_META_X",
    "values.meshConfig.defaultConfig.proxyMetadata.X",
  ]) {
    for (const text of ["1.10", "true", "5", "a\\,b"]) {
      it(`${path}=${text} stays a text`, () => {
        assert.equal(at(applied([`${path}=${text}`]) as Json, path), text);
      });
    }
  }

  it("a tag of a component is a number, as for istioctl", () => {
    assert.deepEqual(applied(["values.pilot.tag=1.10"]), { values: { pilot: { tag: 1.1 } } });
  });
});

describe("--set paths", () => {
  const cases: [string, Setting[], JsonObject, Json][] = [
    ["makes maps on the way", ["a.b.c=1"], {}, { a: { b: { c: 1 } } }],
    ["keeps what is beside", ["a.b=1"], { spec: { a: { c: 2 } } }, { a: { b: 1, c: 2 } }],
    ["takes dots in keys", ["a.istio\\.io/rev=x"], {}, { a: { "istio.io/rev": "x" } }],
    ["makes a list", ["a.[0]=1"], {}, { a: [1] }],
    ["takes the short form of a list", ["a[0].b=1"], {}, { a: [{ b: 1 }] }],
    [
      "changes an element by index",
      ["a.[1].x=9"],
      { spec: { a: [{ x: 1 }, { x: 2 }] } },
      { a: [{ x: 1 }, { x: 9 }] },
    ],
    [
      "appends behind the end",
      ["a.[9].x=9"],
      { spec: { a: [{ x: 1 }] } },
      { a: [{ x: 1 }, { x: 9 }] },
    ],
    ["appends for -1", ["a.[-1]=2"], { spec: { a: [1] } }, { a: [1, 2] }],
    [
      "changes an element by key",
      ["a.[name:y].v=1"],
      { spec: { a: [{ name: "x" }, { name: "y", v: 0, w: 0 }] } },
      { a: [{ name: "x" }, { name: "y", v: 1, w: 0 }] },
    ],
    [
      "takes dots in a selector",
      ["a.[name:x\\.y].v=1"],
      { spec: { a: [{ name: "x.y" }] } },
      { a: [{ name: "x.y", v: 1 }] },
    ],
    [
      "sees what an earlier setting made",
      ["a.[0].name=x", "a.[name:x].v=1"],
      {},
      { a: [{ name: "x", v: 1 }] },
    ],
    ["the later of two wins", ["a=1", "a=2"], {}, { a: 2 }],
    ["a map replaces a scalar", ["a.b=1"], { spec: { a: "x" } }, { a: { b: 1 } }],
    ["a typed value keeps its type", [{ path: "a.b", value: "1.10" }], {}, { a: { b: "1.10" } }],
    [
      "a typed value may be a list",
      [{ path: "a", value: [1, { b: 0 }] }],
      {},
      { a: [1, { b: 0 }] },
    ],
    ["a typed value may be null", [{ path: "a", value: null }], { spec: { a: 1 } }, { a: null }],
    ["a typed value may be false", [{ path: "a", value: false }], { spec: { a: 1 } }, { a: false }],
  ];
  for (const [name, settings, below, want] of cases) {
    it(`${name}`, () => assert.deepEqual(applied(settings, below), want));
  }

  it("a setting is one layer that holds its own path alone", () => {
    const { layers } = settingLayers(["values.a.b=1", "values.a.c=2"], {
      spec: { values: { a: { z: 0 } }, hub: "h" },
    });
    assert.deepEqual(layers, [
      { kind: "set", name: "values.a.b=1", document: { spec: { values: { a: { b: 1 } } } } },
      { kind: "set", name: "values.a.c=2", document: { spec: { values: { a: { c: 2 } } } } },
    ]);
  });

  it("what a key inherits is not there", () => {
    assert.equal(JSON.stringify(setPath({}, "constructor.x", 1)), '{"constructor":{"x":1}}');
    assert.equal(JSON.stringify(setPath({}, "__proto__.x", 1)), '{"__proto__":{"x":1}}');
  });

  it("names of settings", () => {
    assert.equal(settingName("a=1"), "a=1");
    assert.equal(settingName({ path: "a", value: ["x"] }), 'a=["x"]');
  });
});

describe("--set errors", () => {
  it("all of them are collected, and the good settings still count", () => {
    const { layers, problems } = settingLayers(
      ["no separator", "=x", "a.[name:none].b=1", "a.[oops].b=1", "b=1"],
      { spec: { a: [{ name: "x" }] } },
    );
    assert.deepEqual(
      problems.map(({ source, path, reason }) => [source, path, reason]),
      [
        ["--set", "", "is not of the form path=value"],
        ["--set", "", "is not of the form path=value"],
        ["--set", "spec.a.[name:none].b", "no element [name:none]"],
        ["--set", "spec.a.[oops].b", '"[oops]" is not a list selector such as [0] or [name:value]'],
      ],
    );
    assert.deepEqual(
      layers.map(({ name }) => name),
      ["b=1"],
    );
  });

  const refused: [string, string, RegExp][] = [
    [`revision=${NEWEST}`, "spec.revision", pattern`write "${NEW}"`],
    ["components.pliot.enabled=false", "spec.components.pliot", /did you mean "pilot"/],
    ["hub=5", "spec.hub", /^$/],
    ["meshConfig=x", "spec.meshConfig", /^$/],
    ["components.pilot.k8s.replicaCount=x", "spec.components.pilot.k8s.replicaCount", /^$/],
  ];
  for (const [setting, path, fix] of refused) {
    it(`--set ${setting} is refused as in an overlay`, () => {
      const [problem, ...others] = problemsOf({ set: [setting] });
      assert.deepEqual(others, []);
      assert.deepEqual([problem?.source, problem?.path], ["--set", path]);
      assert.match(problem?.fix ?? "", fix);
    });
  }

  it("a typed setting that is a quoted boolean is read as one, with a warning", () => {
    const mesh = resolve({ set: [{ path: "components.cni.enabled", value: "true" }] });
    assert.equal(at(mesh.document, "spec.components.cni.enabled"), true);
    assert.deepEqual(
      mesh.warnings.map(({ source, path }) => [source, path]),
      [["--set", "spec.components.cni.enabled"]],
    );
  });
});
