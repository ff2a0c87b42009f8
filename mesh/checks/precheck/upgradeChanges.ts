import { NO_MESH } from "../../model/facts";
import { upgradeChanges } from "../../settings/upgradeChanges";
import type { Finding } from "../finding";
import { fromProblem } from "../findings";
import { precheckOf } from "./define";
import { knownPlanes } from "./livePlanes";
import type { DesiredMesh, LiveState } from "./types";

const CHECK = "upgrade-changes";

/**
 * What the upgrade from the control planes of the cluster to the planned ones changes by itself: defaults
 * that differ, and what Istio's upgrade notes say that no other check looks for.
 */
export function checkUpgradeChanges(
  { plan }: DesiredMesh,
  { workloads }: Pick<LiveState, "workloads">,
): Finding[] {
  const before = { ...NO_MESH, controlPlanes: knownPlanes(workloads) };
  const { defaults, notes } = upgradeChanges(before, plan);
  return [
    ...defaults.map((problem) => fromProblem(CHECK, "info", "defaults of Istio", problem)),
    ...notes.map((problem) => fromProblem(CHECK, "info", "upgrade notes of Istio", problem)),
  ];
}

export const changesByUpgrade = precheckOf({
  id: CHECK,
  title: "what the upgrade changes by itself",
  fine: "no default that differs, and no note to read",
  needs: ["desired", "workloads"],
  run: ({ desired, ...live }) => checkUpgradeChanges(desired, live),
});
