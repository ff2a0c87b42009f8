import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { InvalidInput, type Problem, throwIfAny } from "../../mesh/common/problem";
import { type PlannedMesh, plannedMeshes } from "../../mesh/plan/plannedMesh";
import { askPulumi, knownFix } from "./command";
import { exportState } from "./stackState";

/** How long a preview may take, in milliseconds. */
const PREVIEW_MS = 30 * 60_000;

const SOURCE = "--program";

/** Returns the errors in what `pulumi preview --json` prints, or nothing if it is something else. */
function errorsIn(printed: string): string[] {
  let digest: unknown;
  try {
    digest = JSON.parse(printed);
  } catch {
    return [];
  }
  const diagnostics =
    isObject(digest) && Array.isArray(digest.diagnostics) ? digest.diagnostics : [];
  return diagnostics
    .filter(isObject)
    .filter(({ severity }) => severity === "error")
    .map(({ message }) =>
      String(message)
        .replace(/^error:\s*/, "")
        .trim(),
    );
}

function failed(stack: string, reason: string, printed: string): Problem[] {
  const errors = errorsIn(printed);
  const all = errors.length > 0 ? errors : [reason];
  const fix = knownFix(reason);
  return all.map((error) => ({
    source: SOURCE,
    path: "",
    reason: `the preview of ${stack} ends with an error: ${error}`,
    ...(fix !== undefined && { fix }),
    isUnread: true,
  }));
}

/** Has Pulumi write the plan, with secrets in the clear, to a folder that nobody else can enter. */
function previewPlan(folder: string, stack: string): JsonObject {
  const own = mkdtempSync(join(tmpdir(), "mesh-program-"));
  try {
    const file = join(own, "plan.json");
    const flags = ["--json", "--save-plan", file, "--show-secrets"];
    const args = ["preview", "--stack", stack, ...flags];
    const answer = askPulumi(folder, args, process.env, PREVIEW_MS);
    throwIfAny("reason" in answer ? failed(stack, answer.reason, answer.printed) : []);
    throwIfAny(existsSync(file) ? [] : failed(stack, "it wrote no plan", ""));
    return JSON.parse(readFileSync(file, "utf8")) as JsonObject;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/**
 * Runs the program of a stack as a preview does, and returns each `ServiceMesh` with the inputs that it
 * has now. The stack, its state and its cluster stay as they are.
 *
 * @param folder the project's folder
 * @param stack as Pulumi's commands take it
 * @throws InvalidInput if the program or the preview fails, or the plan does not tell the inputs
 */
export function readPlannedMeshes(folder: string, stack: string): readonly PlannedMesh[] {
  const state = exportState(folder, stack);
  const { meshes, moved } = plannedMeshes(previewPlan(folder, stack), state);
  if (moved.length > 0) {
    const reason = `${moved.join(", ")}: has another name or parent than at the last update`;
    throw new InvalidInput([{ source: SOURCE, path: "", reason, fix: "pulumi up" }]);
  }
  return meshes;
}
