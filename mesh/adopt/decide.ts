import type { K8sObject } from "../patch/types";
import { isManagedBy } from "./managers";
import type { AdoptMode } from "./types";

/**
 * What becomes of an object that is about to be created and exists.
 *
 * - `own`: the stack made it in an update that was killed, or kept it when it was destroyed
 * - `refuse`: somebody else's
 * - `use`: a Namespace; its fields stay whose they are, and the stack never deletes it
 * - `take`: the stack owns it from now on
 */
export type Adoption = "own" | "refuse" | "use" | "take";

/** @param manager the stack's field manager */
export function decideAdoption(live: K8sObject, manager: string, mode: AdoptMode): Adoption {
  if (isManagedBy(live, manager)) {
    return "own";
  }
  if (mode === "none") {
    return "refuse";
  }
  if (live.kind === "Namespace") {
    return "use";
  }
  return mode === "all" ? "take" : "refuse";
}
