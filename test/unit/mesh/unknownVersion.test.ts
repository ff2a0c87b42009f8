import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { collecting, formatProblem, type Problem } from "../../../mesh/common/problem";
import { getPath } from "../../../mesh/k8s/path";
import { lintOverlay } from "../../../mesh/lint/lintOverlay";
import { MINORS } from "../../../mesh/model/minors";
import { newestKnownBefore } from "../../../mesh/model/versions";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { overlay, overlayText, resolve, valuesOf } from "./support";

const UNKNOWN = "1.99.0";
const NEWEST = MINORS.names.at(-1) ?? "";

const FIELDS: JsonObject = {
  newSpecField: true,
  components: { pilot: { newComponentField: 1 }, newComponent: { enabled: true } },
  values: { pilot: { newValue: "a" }, newRoot: { b: 1 } },
  meshConfig: { newMeshField: 5 },
};

function problemsOf(spec: JsonObject, version: string): readonly Problem[] {
  const problems: Problem[] = [];
  collecting(problems, () => resolve({ version, overlays: [overlay(spec)] }));
  return problems;
}

describe("a version that this package does not know", () => {
  it("is newer than the newest minor", () => {
    assert.equal(newestKnownBefore(UNKNOWN), NEWEST);
    assert.equal(newestKnownBefore("2.0.0"), NEWEST);
    assert.equal(newestKnownBefore(`${NEWEST}.50`), undefined);
    assert.equal(newestKnownBefore("latest"), undefined);
  });

  it("unknown fields are warnings with their place, and reach the charts", () => {
    const mesh = resolve({ version: UNKNOWN, overlays: [overlay(FIELDS)] });
    const unknown = mesh.warnings.filter(({ reason }) => reason.startsWith("unknown field"));
    assert.deepEqual(unknown.map(({ path }) => path).sort(), [
      "spec.components.newComponent",
      "spec.components.pilot.newComponentField",
      "spec.meshConfig.newMeshField",
      "spec.newSpecField",
      "spec.values.newRoot",
      "spec.values.pilot.newValue",
    ]);
    assert.match(
      unknown.map(formatProblem).join("\n"),
      new RegExp(`unknown field in Istio ${NEWEST}, the newest that is known here`),
    );
    assert.equal(getPath(valuesOf(mesh, "pilot"), "pilot.newValue"), "a");
  });

  it("the same fields are errors for a version that is known", () => {
    const paths = problemsOf(FIELDS, `${NEWEST}.0`).map(({ path }) => path);
    for (const path of [
      "spec.newSpecField",
      "spec.components.newComponent",
      "spec.values.newRoot",
    ]) {
      assert.ok(paths.includes(path), `${path} among ${paths.join(", ")}`);
    }
  });

  it("the newest known types still check what they know", () => {
    const [problem, ...others] = problemsOf({ values: { pilot: { replicaCount: [] } } }, UNKNOWN);
    assert.deepEqual(others, []);
    assert.equal(problem?.path, "spec.values.pilot.replicaCount");
  });

  it("one line says so, however many control planes and overlays there are", () => {
    const { warnings } = planMesh(
      {
        version: UNKNOWN,
        revisions: [{ revision: "a" }, { revision: "b" }],
        overlays: [overlay({}), overlay({})],
      },
      overlayLibrary(),
    );
    const said = warnings.filter(({ path, source }) => source === "inputs" && path === "version");
    assert.equal(said.length, 1);
    assert.match(
      said.map(formatProblem).join(),
      new RegExp(`newer than Istio ${NEWEST}, .*charts are taken as they are`),
    );
  });

  it("a linted overlay has warnings and no error", () => {
    const text = overlayText("spec:\n  values:\n    newRoot: { a: 1 }\n");
    const { errors, warnings } = lintOverlay(
      text,
      { name: "a.yaml", version: UNKNOWN },
      overlayLibrary(),
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(
      warnings.map(({ path, line }) => [path, line]),
      [
        ["version", undefined],
        ["spec.values.newRoot", 5],
      ],
    );
  });
});
