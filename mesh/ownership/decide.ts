import { isManagedBy } from "../k8s/managers";
import type { K8sObject } from "../k8s/objects";
import type { AdoptMode } from "../model/adoptMode";
import { isOrphan, owningStacks } from "./shared/marks";

/**
 * What becomes of an object that is about to be created and exists.
 *
 * - `own`: the stack made it in an update that was killed, or kept it when it was destroyed
 * - `refuse`: somebody else's
 * - `use`: a Namespace; its fields stay whose they are, and no stack ever deletes it
 * - `take`: the stack owns it from now on
 */
export type Adoption = "own" | "refuse" | "use" | "take";

/**
 * @param manager the stack's field manager
 * @param takes the stack takes the object over where another stack owns it, or left it
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
