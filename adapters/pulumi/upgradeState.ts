import type { JsonObject } from "../../mesh/common/json";
import { InvalidInput } from "../../mesh/common/problem";
import type { UpgradePolicy } from "../../mesh/model/upgradeInputs";
import { recordedMeshes } from "../../mesh/plan/recordedMesh";
import { type RecordedUpgrade, recordedUpgrade } from "../../mesh/runner/recordedUpgrade";
import { askPulumi, LOGIN_FIX } from "./command";

/** An upgrade as the state of a stack has it. */
export interface UpgradeState {
  /** Absent if the last update was in no upgrade. */
  readonly recorded?: RecordedUpgrade;
  /** The policy of the last update. */
  readonly policy?: UpgradePolicy;
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
  const answer = askPulumi(folder, ["stack", "export", "--show-secrets", "--stack", stack]);
  if ("reason" in answer) {
    const reason = `its state cannot be read: ${answer.reason}`;
    throw new InvalidInput([
      { source: "--stack", path: "", value: stack, reason, fix: LOGIN_FIX, isUnread: true },
    ]);
  }
  const state = JSON.parse(answer.stdout) as JsonObject;
  const recorded = recordedUpgrade(state, mesh);
  const meshes = recordedMeshes(state).filter(({ name }) => mesh === undefined || name === mesh);
  const own = meshes.find(({ inputs }) => inputs.upgrade !== undefined);
  const policy = own?.inputs.upgrade?.policy;
  return {
    ...(recorded !== undefined && { recorded }),
    ...(policy !== undefined && { policy }),
    secrets: own?.secrets ?? [],
  };
}
