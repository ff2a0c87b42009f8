import { isManagedBy } from "../k8s/managers";
import type { K8sObject } from "../k8s/objects";
import type { AdoptMode } from "../model/adoptMode";
import { isOrphan, owningStacks } from "./shared/marks";

/**
 * What happens to an object that the stack is about to create and that already exists.
 *
 * - `own`: the stack created it in an update that was killed, or kept it when it was destroyed
 * - `refuse`: it belongs to someone else
 * - `use`: a Namespace; its fields keep their owners, and no stack ever deletes it
 * - `take`: the stack takes it over
 */
export type Adoption = "own" | "refuse" | "use" | "take";

/**
 * Decides what happens to an object that already exists.
 *
 * @param manager the stack's field manager
 * @param takes whether the stack takes the object over if another stack owns it or has left it
 */
export function decideAdoption(
  live: K8sObject,
  manager: string,
  mode: AdoptMode,
  takes = false,
): Adoption {
  if (isManagedBy(live, manager)) {
    return "own";
  }
  if (takes && (owningStacks(live, manager).length > 0 || isOrphan(live))) {
    return "take";
  }
  if (mode === "none") {
    return "refuse";
  }
  if (live.kind === "Namespace") {
    return "use";
  }
  return mode === "all" ? "take" : "refuse";
}
