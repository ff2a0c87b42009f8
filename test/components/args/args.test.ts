import assert from "node:assert/strict";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../../support/tools";
import { type Case, CaseWriter, componentsOf } from "./cases";

const MODULES = ["components/index.ts", "components/gke/index.ts"].map((path) => join(ROOT, path));
const GENERATED = join(ROOT, "test", "components", "args", "generated.ts");

function compilerOptions(): ts.CompilerOptions {
  const path = join(ROOT, "tsconfig.json");
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options;
}

/** A host for the project's files and one more. */
function hostWith(options: ts.CompilerOptions, text: string): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  return {
    ...host,
    fileExists: (path) => path === GENERATED || fileExists(path),
    readFile: (path) => (path === GENERATED ? text : readFile(path)),
    getSourceFile: (path, ...rest) =>
      path === GENERATED
        ? ts.createSourceFile(path, text, ...(rest.slice(0, 1) as [ts.ScriptTarget]), true)
        : getSourceFile(path, ...rest),
  };
}

function head(names: readonly string[]): string[] {
  return [
    'import type { Output } from "@pulumi/pulumi";',
    'import type * as all from "../../../components";',
    'import type * as gke from "../../../components/gke";',
    "type Args<C extends abstract new (...args: any[]) => unknown> = NonNullable<ConstructorParameters<C>[1]>;",
    "declare function a<T>(): T;",
    ...names.map((name) => {
      const module = name === "GkeFoundation" ? "gke" : "all";
      return `type ${name}Args = Args<typeof ${module}.${name}>;`;
    }),
  ];
}

interface Checked extends Case {
  /** What tsc says. */
  readonly messages: readonly string[];
}

function check(cases: readonly Case[], names: readonly string[], before: ts.Program): Checked[] {
  const options = compilerOptions();
  const first = head(names);
  const lines = cases.map(
    ({ component, value }, index) => `export const c${index}: ${component}Args = ${value};`,
  );
  const text = [...first, ...lines].join("\n");
  const host = hostWith(options, text);
  const program = ts.createProgram([...MODULES, GENERATED], options, host, before);
  const source = program.getSourceFile(GENERATED) as ts.SourceFile;
  const said = new Map<number, string[]>();
  for (const { start = 0, messageText } of [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ]) {
    const { line } = source.getLineAndCharacterOfPosition(start);
    const message = ts.flattenDiagnosticMessageText(messageText, "\n");
    said.set(line, [...(said.get(line) ?? []), message]);
  }
  const early = [...said.keys()].filter((line) => line < first.length);
  assert.deepEqual(
    early.map((line) => said.get(line)),
    [],
  );
  return cases.map((one, index) => ({ ...one, messages: said.get(first.length + index) ?? [] }));
}

describe("The types of the args of every component", () => {
  const names: string[] = [];
  const parameters = new Map<string, readonly (readonly string[])[]>();
  let checked: Checked[];

  before(function () {
    // tsc compiles all components, which a busy machine needs minutes for.
    this.timeout(0);
    const options = compilerOptions();
    const program = ts.createProgram(MODULES, options);
    const checker = program.getTypeChecker();
    const writer = new CaseWriter(checker);
    for (const path of MODULES) {
      const module = program.getSourceFile(path) as ts.SourceFile;
      for (const component of componentsOf(module, checker)) {
        names.push(component.name);
        parameters.set(component.name, component.parameters);
        writer.add(component);
      }
    }
    checked = check(writer.cases, names, program);
  });

  it("are looked at for each component of the package, and down to the last field", () => {
    assert.deepEqual([...names].sort(), [
      "Base",
      "Cni",
      "ControlPlane",
      "Crds",
      "Gateway",
      "GkeFoundation",
      "ManagedControlPlane",
      "MeshNamespace",
      "OverlayGateways",
      "PeerAuthentication",
      "RevisionTag",
      "ServiceMesh",
      "Telemetry",
      "Ztunnel",
    ]);
    const titles = checked.map(({ title }) => title);
    for (const title of [
      "ServiceMesh: gateways[].service.ports[].port takes an Output",
      "ServiceMesh: ca.caPool takes an Output",
      "ServiceMesh: target.kubeconfig takes an Output",
      "ServiceMesh: cni.excludeNamespaces[] takes an Output",
      "ServiceMesh: mtls refuses a key that is not there",
      "Gateway: labels.* takes an Output",
    ]) {
      assert.ok(titles.includes(title), `no case: ${title}`);
    }
  });

  it("are one of three parameters, in the form of Pulumi's own resources", () => {
    for (const [name, signatures] of parameters) {
      assert.deepEqual(signatures, [["name", "args", "opts"]], name);
    }
  });

  it("take every plain value and every Output, at any depth", () => {
    const wrong = checked.filter(({ refused, messages }) => !refused && messages.length > 0);
    assert.deepEqual(
      wrong.map(({ title, value, messages }) => [title, value, messages]),
      [],
    );
  });

  it("refuse a key that is not there and an Output of another type, at any depth", () => {
    const wrong = checked.filter(
      ({ refused, messages }) => refused && !messages.some((text) => refused.test(text)),
    );
    assert.deepEqual(
      wrong.map(({ title, value, messages }) => [title, value, messages]),
      [],
    );
  });
});
