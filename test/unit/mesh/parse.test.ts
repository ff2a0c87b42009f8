import assert from "node:assert/strict";
import fc from "fast-check";
import { formatProblem } from "../../../mesh/common/problem";
import { mergeLayers } from "../../../mesh/overlay/merge";
import { parseOverlay, readOverlayObject } from "../../../mesh/overlay/parse";
import { NEW, NEWEST } from "../../../toolchain/versions";
import { anyDocument, anyText } from "./arbitrary";
import { accepted, at, frozen, layer, overlayText, parse, refused } from "./support";

describe("one CR in a file", () => {
  it("two CRs are refused with the file and the line of the second", () => {
    const problem = refused(`${overlayText("spec:\n  hub: a\n")}---\n${overlayText("spec: {}\n")}`);
    assert.equal(problem.source, "a.yaml");
    assert.equal(problem.line, 6);
    assert.match(problem.reason, /holds 2 documents/);
    assert.match(problem.fix ?? "", /file of its own/);
  });

  for (const [name, text] of [
    ["document marks around", `---\n${overlayText("spec: {}\n")}---\n`],
    ["an end mark", `${overlayText("")}...\n`],
    ["a comment as a second document", `${overlayText("")}---\n# nothing\n`],
    ["an explicit null as a second document", `${overlayText("")}---\nnull\n`],
  ] as const) {
    it(`${name} is one CR`, () => assert.equal(accepted(text).kind, "IstioOperator"));
  }

  for (const section of ["spec", "metadata"]) {
    it(`"${section}:" with nothing below is left out`, () => {
      assert.equal(section in accepted(overlayText(`${section}:\n`)), false);
    });
  }
});

describe("bad overlay files", () => {
  const depth = 1000;
  const nested: [string, string][] = [
    ["open lists", "[".repeat(depth)],
    ["closed lists", `${"[".repeat(depth)}${"]".repeat(depth)}`],
    ["flow maps", "{a: ".repeat(depth)],
    ["as many brackets as fit", "[".repeat(255 * 1024)],
    ["compact block lists", "- ".repeat(depth)],
    ["explicit keys", "? ".repeat(depth)],
    ["block maps", Array.from({ length: 500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    [
      "lists joined by anchors",
      overlayText(
        `spec:\n  values:\n    a0: 1\n    b0: &b0 [1]\n${Array.from(
          { length: 3 },
          (_, i) => `    b${i + 1}: &b${i + 1} ${"[".repeat(60)}*b${i}${"]".repeat(60)}\n`,
        ).join("")}`,
      ),
    ],
    ["a list inside itself", overlayText("spec: &x\n  values: {a: *x}\n")],
  ];
  for (const [name, text] of nested) {
    it(`nested too deep: ${name}`, () => {
      assert.match(refused(text).reason, /deeper than 100 levels|Unresolved alias/);
    });
  }

  for (const [name, text] of [
    ["brackets in a text", overlayText(`spec:\n  hub: "${"[".repeat(300)}"\n`)],
    ["brackets in a comment", overlayText(`# ${"[".repeat(300)}\n`)],
    [
      "indentation in a block text",
      overlayText(
        `spec:\n  values:\n    a: |\n${Array.from(
          { length: 200 },
          (_, i) => `${" ".repeat(i + 6)}x\n`,
        ).join("")}`,
      ),
    ],
    ["a long list", overlayText(`spec:\n  values:\n    a:\n${"    - b: {c: [1]}\n".repeat(300)}`)],
  ] as const) {
    it(`not deep: ${name}`, () => assert.ok(accepted(text)));
  }

  const cases: [string, string, RegExp, number | undefined][] = [
    ["not YAML", "a: [", /not valid YAML/, 1],
    ["a tab", overlayText("spec:\n\thub: x\n"), /not valid YAML: Tabs are not allowed/, 4],
    ["a key twice", overlayText("spec:\n  hub: a\n  hub: b\n"), /keys must be unique/, 5],
    ["a list", "- a\n", /not a YAML mapping/, undefined],
    ["a text", "hello", /not a YAML mapping/, undefined],
    ["another kind", "apiVersion: v1\nkind: Pod\n", /is not an overlay/, 2],
    ["no kind", "a: 1\n", /is not an overlay/, undefined],
    [
      "the kind of Istio 1.4",
      "apiVersion: install.istio.io/v1alpha2\nkind: IstioControlPlane\n",
      /dropped after Istio 1\.4/,
      2,
    ],
    ["another version", "kind: IstioOperator\napiVersion: install.istio.io/v1\n", /is unknown/, 2],
    ["nothing", "", /is empty/, undefined],
    ["only comments", "# nothing\n\n# here\n", /is empty/, undefined],
    ["only marks", "---\n---\n", /is empty/, undefined],
    [
      "a list for a map",
      overlayText("spec:\n  components:\n    pilot:\n    - a\n"),
      /wrong type/,
      5,
    ],
    ["spec as a list", overlayText("spec: []\n"), /wrong type/, 3],
    ["an unknown anchor", overlayText("spec: *x\n"), /Unresolved alias/, undefined],
    ["an infinite number", overlayText("spec:\n  values:\n    a: [.inf]\n"), /plain data/, 5],
    ["bytes", overlayText("spec:\n  values:\n    a: !!binary aGk=\n"), /plain data/, 5],
    ["a binary file", "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR", /./, undefined],
    ["replaced bytes", Buffer.from([0xff, 0xfe, 0, 1, 0xc3]).toString("utf8"), /./, undefined],
  ];
  for (const [name, text, reason, line] of cases) {
    it(`refused: ${name}`, () => {
      const { layer: none, problems } = parse(text);
      assert.equal(none, undefined);
      assert.match(problems[0]?.reason ?? "", reason);
      assert.equal(problems[0]?.source, "a.yaml");
      if (line !== undefined) {
        assert.equal(problems[0]?.line, line);
      }
    });
  }

  it("the message for IstioControlPlane names what replaces it", () => {
    const problem = refused("apiVersion: install.istio.io/v1alpha2\nkind: IstioControlPlane\n");
    assert.equal(
      formatProblem(problem),
      'a.yaml:2: kind: was dropped after Istio 1.4 (got "IstioControlPlane"); allowed: IstioOperator; ' +
        'fix: rewrite it as an IstioOperator of install.istio.io/v1alpha1; "mesh overlay migrate" does',
    );
  });

  it("larger than 256 KiB", () => {
    const filler = "# 0123456789\n".repeat(81_000);
    assert.match(refused(overlayText(filler)).reason, /larger than 256 KiB/);
    assert.ok(accepted(overlayText("# 0123456789\n".repeat(1000))));
  });

  it("an alias bomb is stopped", () => {
    const levels = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    const lines = levels.map((name, index) => {
      const item = index === 0 ? "x" : `*${levels[index - 1]}`;
      return `    ${name}: &${name} [${Array(9).fill(item).join(", ")}]\n`;
    });
    assert.match(refused(overlayText(`spec:\n  values:\n${lines.join("")}`)).reason, /alias/);
  });
});

describe("YAML as Kubernetes reads it", () => {
  const cases: [string, string, unknown][] = [
    ["yes is a boolean", "yes", true],
    ["Off is a boolean", "Off", false],
    ["a quoted yes is a text", '"yes"', "yes"],
    ["0644 is octal", "0644", 420],
    ["a date is a text", "2024-01-01", "2024-01-01"],
    ["a time stamp is a text", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"],
    ["base 60 is a text", "12:30", "12:30"],
    ["null is a value", "null", null],
    ["an empty text is a value", '""', ""],
    ["zero is a value", "0", 0],
    ["an empty map is a value", "{}", {}],
  ];
  for (const [name, text, value] of cases) {
    it(`${name}`, () => {
      const document = accepted(overlayText(`spec:\n  values:\n    a: ${text}\n`));
      assert.deepEqual(at(document, "spec.values.a"), value);
    });
  }

  it("anchors and merge keys", () => {
    const document = accepted(
      overlayText("spec:\n  values:\n    a: &a {x: 1, z: 1}\n    b:\n      <<: *a\n      z: 2\n"),
    );
    assert.deepEqual(at(document, "spec.values.b"), { x: 1, z: 2 });
  });

  for (const [name, change] of [
    ["CRLF", (text: string) => text.replace(/\n/g, "\r\n")],
    ["a byte order mark", (text: string) => `\ufeff${text}`],
  ] as const) {
    it(`${name} changes nothing`, () => {
      const text = overlayText("spec:\n  hub: x\n  tag: z\n");
      assert.deepEqual(accepted(change(text)), accepted(text));
    });
  }

  it("keys that JavaScript knows stay data", () => {
    const document = accepted(overlayText("spec:\n  values:\n    __proto__: {x: 1}\n"));
    assert.deepEqual(Object.keys(at(document, "spec.values") as object), ["__proto__"]);
    const { problems } = parse(overlayText("spec:\n  __proto__: {x: 1}\n"));
    assert.equal(problems[0]?.path, "spec.__proto__");
  });
});

describe("fields", () => {
  const right: [string, string][] = [
    ["profile", "demo"],
    ["hub", "gcr.io/istio"],
    ["tag", NEWEST],
    ["tag", "1.1"],
    ["namespace", "mesh"],
    ["revision", NEW],
    ["defaultRevision", "true"],
    ["compatibilityVersion", '"1.28"'],
    ["meshConfig", "{accessLogFile: /dev/stdout}"],
    ["values", "{pilot: {autoscaleMin: 2}}"],
    ["unvalidatedValues", "{any: thing}"],
    ["installPackagePath", "/charts"],
  ];
  for (const [field, value] of right) {
    it(`spec.${field}: ${value}`, () => {
      assert.notEqual(
        at(accepted(overlayText(`spec:\n  ${field}: ${value}\n`)), `spec.${field}`),
        undefined,
      );
    });
  }

  const wrong: [string, string, string][] = [
    ["profile", "[demo]", "string"],
    ["hub", "5", "string"],
    ["tag", "true", "string or number"],
    ["namespace", "{}", "string"],
    ["revision", "1", "string"],
    ["defaultRevision", "maybe", "boolean"],
    ["compatibilityVersion", "1.28", "string"],
    ["meshConfig", "[]", "object"],
    ["values", "text", "object"],
    ["unvalidatedValues", "[]", "object"],
    ["components", "[]", "object"],
  ];
  for (const [field, value, allowed] of wrong) {
    it(`spec.${field}: ${value} is of the wrong type`, () => {
      const problem = refused(overlayText(`spec:\n  ${field}: ${value}\n`));
      assert.deepEqual(
        [problem.path, problem.line, problem.reason, problem.allowed],
        [`spec.${field}`, 4, "has the wrong type", allowed],
      );
    });
  }

  const unknown: [string, string, string, number, string][] = [
    ["spec:\n  hubb: x\n", "spec.hubb", "hub", 4, "top"],
    ["spec:\n  components:\n    pilto: {}\n", "spec.components.pilto", "pilot", 5, "component"],
    [
      "spec:\n  components:\n    pilot:\n\n      enabeld: true\n",
      "spec.components.pilot.enabeld",
      "enabled",
      7,
      "component's field after an empty line",
    ],
    [
      "spec:\n  components:\n    ingressGateways:\n    - name: a\n      k8s:\n        enb: []\n",
      "spec.components.ingressGateways[0].k8s.enb",
      "env",
      8,
      "k8s of a gateway",
    ],
    [
      "spec:\n  components:\n    cni:\n      k8s:\n        overlays:\n        - kind: DaemonSet\n          name: x\n          patches:\n          - path: a\n            vlaue: 1\n",
      "spec.components.cni.k8s.overlays[0].patches[0].vlaue",
      "value",
      12,
      "patch",
    ],
  ];
  for (const [body, path, near, line, name] of unknown) {
    it(`unknown field of a ${name}: line and did you mean`, () => {
      const problem = refused(overlayText(body));
      assert.deepEqual([problem.path, problem.line], [path, line]);
      assert.equal(problem.reason, "unknown field");
      assert.equal(problem.fix, `did you mean "${near}"?`);
      assert.ok(problem.allowed?.includes(near));
    });
  }

  it("every problem of a file is reported at once, in the file's own lines", () => {
    const { problems } = parse(
      overlayText(
        `sepc: {}\nspec:\n  hub: 5\n  revision: ${NEWEST}\n  components:\n    egressGateways:\n    - enabled: maybe\n    cni: {k8s: {imagePullPolicy: Sometimes, replicaCount: -1}}\n`,
      ),
    );
    assert.deepEqual(problems.map(({ path, line }) => `${line} ${path}`).sort(), [
      "10 spec.components.cni.k8s.imagePullPolicy",
      "10 spec.components.cni.k8s.replicaCount",
      "3 sepc",
      "5 spec.hub",
      "6 spec.revision",
      "9 spec.components.egressGateways[0].enabled",
    ]);
  });

  it("a revision with dots is refused with the fix", () => {
    const problem = refused(overlayText(`spec:\n  revision: ${NEWEST}\n`));
    assert.equal(problem.reason, "dots are not allowed in a revision");
    assert.equal(problem.fix, `write "${NEW}"`);
    assert.equal(problem.line, 4);
  });

  for (const key of ["toString", "constructor", "valueOf"]) {
    it(`the inherited name "${key}" is an unknown field`, () => {
      assert.equal(refused(overlayText(`spec:\n  ${key}: 1\n`)).path, `spec.${key}`);
    });
  }
});

describe("quoted booleans", () => {
  const body = (value: string) =>
    overlayText(`spec:\n  components:\n    pilot:\n      enabled: ${value}\n`);
  for (const [value, boolean] of [
    ['"true"', true],
    ['"false"', false],
    ["'false'", false],
  ] as const) {
    it(`enabled: ${value} is read as a boolean, with a warning`, () => {
      const { layer: read, warnings, problems } = parse(body(value));
      assert.deepEqual(problems, []);
      assert.equal(at(read?.document ?? {}, "spec.components.pilot.enabled"), boolean);
      assert.equal(warnings.length, 1);
      assert.equal(
        formatProblem(warnings[0] as never),
        `a.yaml:6: spec.components.pilot.enabled: is a quoted boolean, read as a boolean (got "${boolean}"); fix: write ${boolean} without quotes`,
      );
    });
  }

  it("an unquoted boolean gives no warning", () => {
    assert.deepEqual(parse(body("true")).warnings, []);
  });

  for (const value of ["constructor", "toString", "TRUE-ish"]) {
    it(`enabled: ${value} is not a boolean`, () => {
      assert.equal(refused(body(value)).reason, "has the wrong type");
    });
  }

  it("in lists and in values too", () => {
    const { layer: read, warnings } = parse(
      overlayText(
        'spec:\n  components:\n    ingressGateways:\n    - name: a\n      enabled: "false"\n  values:\n    telemetry: {enabled: "true"}\n',
      ),
    );
    assert.deepEqual(
      warnings.map(({ path, line }) => [path, line]),
      [
        ["spec.components.ingressGateways[0].enabled", 7],
        ["spec.values.telemetry.enabled", 9],
      ],
    );
    assert.equal(at(read?.document ?? {}, "spec.values.telemetry.enabled"), true);
  });

  for (const [where, body_] of [
    ["label", "    ingressGateways:\n    - name: a\n      label:"],
    ["podAnnotations", "    pilot:\n      k8s:\n       podAnnotations:"],
    ["nodeSelector", "    pilot:\n      k8s:\n       nodeSelector:"],
  ] as const) {
    it(`a ${where} named "enabled" stays a text`, () => {
      const { problems, warnings } = parse(
        overlayText(`spec:\n  components:\n${body_} {enabled: "true"}\n`),
      );
      assert.deepEqual([problems, warnings], [[], []]);
    });
  }
});

describe("overlays as objects", () => {
  const source = { name: "overlays[0]", kind: "inline" } as const;

  it("an object passes the same checks, without lines", () => {
    const { problems } = readOverlayObject(
      { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator", spec: { hubb: 1 } },
      source,
    );
    assert.deepEqual(
      problems.map(({ source: name, line, path }) => [name, line, path]),
      [["overlays[0]", undefined, "spec.hubb"]],
    );
  });

  for (const [name, value] of [
    ["a date", new Date(0)],
    ["a function", () => 1],
    ["not a number", Number.NaN],
    ["a set", new Set([1])],
  ] as const) {
    it(`${name} is no plain data`, () => {
      const document = {
        apiVersion: "install.istio.io/v1alpha1",
        kind: "IstioOperator",
        spec: { values: { a: [value] } },
      };
      const { problems } = readOverlayObject(document as never, source);
      assert.equal(problems[0]?.path, "spec.values.a[0]");
      assert.equal(problems[0]?.reason, "is not plain data");
    });
  }

  it("the object is not changed", () => {
    const document = frozen({
      apiVersion: "install.istio.io/v1alpha1",
      kind: "IstioOperator",
      metadata: null,
      spec: { components: { pilot: { enabled: "true" } } },
    });
    const { layer: read } = readOverlayObject(document, source);
    assert.equal(at(read?.document ?? {}, "spec.components.pilot.enabled"), true);
    assert.equal(document.spec.components.pilot.enabled, "true");
  });
});

describe("any input", () => {
  it("any text is a layer or a list of problems, never a crash", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { layer: read, problems } = parseOverlay(text, { name: "x.yaml", kind: "file" });
        assert.equal(read === undefined, problems.length > 0);
        assert.ok(problems.every((problem) => formatProblem(problem).startsWith("x.yaml")));
      }),
      { numRuns: 400 },
    );
  });

  it("any object is parsed and merged without a change to it", () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (values, spec) => {
        const document = frozen({
          apiVersion: "install.istio.io/v1alpha1",
          kind: "IstioOperator",
          spec: { ...spec, values },
        });
        const { layer: read, problems } = readOverlayObject(document, {
          name: "x",
          kind: "inline",
        });
        const merged = mergeLayers([
          layer("base", { spec: { hub: "h" } }),
          ...(read ? [read] : []),
        ]);
        assert.equal(read === undefined, problems.length > 0);
        assert.ok(merged.document.spec !== undefined);
      }),
      { numRuns: 400 },
    );
  });
});
