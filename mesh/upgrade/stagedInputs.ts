import { uniqueBy } from "../common/lists";
import { collecting, formatProblem, InvalidInput, type Problem } from "../common/problem";
import { INPUTS_SOURCE } from "../model/meshInputs";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import type { OverlayLibrary } from "../overlay/library";
import { planMesh } from "../plan/meshPlan";
import { checkInputs } from "../schema/checkInputs";
import type { UpgradePlan, UpgradeStage } from "./types";
import { planUpgrade, stageOf } from "./upgradePlan";

/** An upgrade, and the stage of it that the inputs name. */
export interface CurrentStage {
  readonly plan: UpgradePlan;
  readonly stage: UpgradeStage;
}

/** The inputs of a mesh in the stage that they name. */
export interface StagedInputs {
  /** Without `upgrade`. */
  readonly inputs: ServiceMeshInputs;
  /** Absent if the inputs have no `upgrade`. */
  readonly upgrade?: CurrentStage;
}

/** Returns what does not fit the type of `upgrade`, and what is wrong with the other inputs. */
function misfits(inputs: ServiceMeshInputs, library: OverlayLibrary): Problem[] {
  const { upgrade: _, ...before } = inputs;
  const found: Problem[] = checkInputs("ServiceMeshInputs", inputs)
    .filter(({ path }) => /^upgrade\b/.test(path))
    .map((finding) => ({ source: INPUTS_SOURCE, ...finding }));
  if (found.length > 0) {
    collecting(found, () => planMesh(before, library));
  }
  return found;
}

/**
 * Returns the inputs of a mesh in the stage of the upgrade that they name, which is what is planned and
 * installed. Inputs without `upgrade` stay as they are. Updates and commands both call it, so that
 * they mean the same mesh.
 *
 * @throws InvalidInput with everything that is wrong with the upgrade
 * @example
 * stagedInputs({ version: "1.30.4", revision: "1-30-4", upgrade: { to: "1.31.0", stage: "finish" } }, library).inputs
 * // { version: "1.31.0", revision: "1-31-0" }
 */
export function stagedInputs(inputs: ServiceMeshInputs, library: OverlayLibrary): StagedInputs {
  const { upgrade, ...before } = inputs;
  if (upgrade === undefined) {
    return { inputs: before };
  }
  const problems = misfits(inputs, library);
  if (problems.length > 0) {
    throw new InvalidInput(uniqueBy(problems, formatProblem));
  }
  const plan = planUpgrade(before, upgrade, library);
  const stage = stageOf(plan, upgrade.stage ?? "prepare");
  return { inputs: stage.inputs, upgrade: { plan, stage } };
}
