import { getPath } from "../../mesh/k8s/path";
import type { UpgradePolicy } from "../../mesh/model/upgradeInputs";
import { recordedMeshes } from "../../mesh/plan/recordedMesh";
import { type RecordedUpgrade, recordedUpgrade } from "../../mesh/runner/recordedUpgrade";
import { exportState } from "./stackState";

/** An upgrade as the state of a stack has it. */
export interface UpgradeState {
  /** Absent if the last update was in no upgrade. */
  readonly recorded?: RecordedUpgrade;
  /** The policy of the last update. */
  readonly policy?: UpgradePolicy;
  /** When the state was last written, in ISO 8601. Absent before the first update. */
  readonly updated?: string;
  /** Texts that must not be printed, and not be written in plain. */
  readonly secrets: readonly string[];
}

/**
 * Reads where the last update of a mesh left its upgrade, from the stack's state alone.
 *
 * @param folder the project's folder
 * @param stack as Pulumi's commands take it
 * @param mesh the name of the `ServiceMesh` @default the only one
 * @throws InvalidInput if Pulumi cannot export the state
 */
export function readUpgradeState(folder: string, stack: string, mesh?: string): UpgradeState {
  const state = exportState(folder, stack);
  const recorded = recordedUpgrade(state, mesh);
  const meshes = recordedMeshes(state).filter(({ name }) => mesh === undefined || name === mesh);
  const own = meshes.find(({ inputs }) => inputs.upgrade !== undefined);
  const policy = own?.inputs.upgrade?.policy;
  const updated = getPath(state, "deployment.manifest.time");
  return {
    ...(recorded !== undefined && { recorded }),
    ...(policy !== undefined && { policy }),
    ...(typeof updated === "string" && { updated }),
    secrets: own?.secrets ?? [],
  };
}
