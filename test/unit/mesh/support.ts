import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { overlayLibrary } from "../../../adapters/overlays";
import { isObject, type Json, type JsonObject } from "../../../mesh/common/json";
import { InvalidInput, type Problem } from "../../../mesh/common/problem";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import type { MeshInputs } from "../../../mesh/model/meshInputs";
import type { Layer, LayerKind } from "../../../mesh/overlay/layer";
import { type ParsedOverlay, parseOverlay } from "../../../mesh/overlay/parse";
import { type ResolvedMesh, resolveMesh } from "../../../mesh/spec/resolve";
import { NEWEST } from "../../../toolchain/versions";

export const VERSION = NEWEST;

const HEAD = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n";

/** The text of an overlay; `body` starts at line 3. */
export function overlayText(body: string): string {
  return `${HEAD}${body}`;
}

/** An overlay as an object in a program. */
export function overlay(spec: JsonObject, annotations?: JsonObject): JsonObject {
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    ...(annotations && { metadata: { annotations } }),
    spec,
  };
}

export function parse(text: string): ParsedOverlay {
  return parseOverlay(text, { name: "a.yaml", kind: "file" });
}

/** The layer of a text that has to be accepted. */
export function accepted(text: string): JsonObject {
  const { layer, problems } = parse(text);
  assert.deepEqual(problems, []);
  return layer?.document ?? {};
}

/** The one problem of a text that has to be refused. */
export function refused(text: string): Problem {
  const { layer, problems } = parse(text);
  assert.equal(layer, undefined);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return problems[0] as Problem;
}

export function layer(name: string, document: JsonObject, kind: LayerKind = "file"): Layer {
  return { kind, name, document };
}

/** Resolves a mesh of the version the tests use. */
export function resolve(inputs: Partial<MeshInputs> = {}): ResolvedMesh {
  return resolveMesh({ version: VERSION, ...inputs }, overlayLibrary());
}

/** Everything that is wrong with inputs, which must be wrong. */
export function problemsOf(inputs: object): readonly Problem[] {
  try {
    resolveMesh({ version: VERSION, ...inputs } as MeshInputs, overlayLibrary());
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String((error as Error).stack));
    return error.problems;
  }
  assert.fail(`accepted: ${JSON.stringify(inputs)}`);
}

export function at(document: Json, path: string): Json | undefined {
  return getPath(document, path);
}

/** Values of the chart of one component. */
export function valuesOf(mesh: ResolvedMesh, component: string, name = component): JsonObject {
  const plan = mesh.components.find(
    (candidate) => candidate.component.name === component && candidate.name === name,
  );
  assert.ok(plan, `no ${component} ${name}`);
  return plan.values;
}

export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const child of Object.values(value)) {
      frozen(child);
    }
    Object.freeze(value);
  }
  return value;
}

export function k8sObject(kind: string, name: string, more: JsonObject = {}): K8sObject {
  const { metadata, ...rest } = more;
  return {
    apiVersion: "v1",
    kind,
    metadata: { name, ...(isObject(metadata) ? metadata : {}) },
    ...rest,
  };
}

const folders: string[] = [];

/** A new folder; {@link removeFolders} takes it away. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "mesh-test-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every file below a folder, by path. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
