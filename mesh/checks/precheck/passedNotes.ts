import { upgradeSteps } from "../../guard/versions";
import type { K8sObject } from "../../k8s/objects";
import { NO_MESH, runningVersion } from "../../model/facts";
import { type NoteOfMinor, notesBetween } from "../../model/upgradeNotes";
import { knownPlanes } from "./livePlanes";
import type { DesiredMesh } from "./types";

/**
 * Returns the upgrade note that a check looks for, if the step from the control planes of the cluster to
 * the planned ones passes the minor that has it.
 *
 * @param check the id that the note names
 */
export function passedNote(
  check: string,
  { plan }: Pick<DesiredMesh, "plan">,
  workloads: readonly K8sObject[],
): NoteOfMinor | undefined {
  const before = { ...NO_MESH, controlPlanes: knownPlanes(workloads) };
  return upgradeSteps(before, plan.facts)
    .flatMap(({ plane, from }) => notesBetween(from, runningVersion(plane)))
    .find((note) => note.check === check);
}
