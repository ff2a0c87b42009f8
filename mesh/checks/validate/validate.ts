import { isUnread } from "../../snapshot/snapshot";
import type { Check } from "../check";
import type { Finding } from "../finding";
import { notChecked } from "../findings";
import { VALIDATIONS } from "../registry";
import type { MeshState, ValidateState } from "./state";

/** Returns whether all parts of a state that a check needs have been read. */
function isReadFor(check: Check<ValidateState>, state: MeshState): state is ValidateState {
  return !check.needs.some((need) => isUnread(state[need]));
}

function runIfRead(check: Check<ValidateState>, state: MeshState): readonly Finding[] {
  if (isReadFor(check, state)) {
    return check.run(state);
  }
  const missing = check.needs.map((need) => state[need]).find(isUnread);
  return [notChecked(check.id, check.title ?? check.id, missing?.unread ?? "it was not read")];
}

/**
 * Runs every check that needs no testing workloads. A check whose parts could not be read is reported as
 * `info`.
 *
 * @example validateMesh(state).filter(({ severity }) => severity === "error")
 */
export function validateMesh(state: MeshState): Finding[] {
  const api: Finding = {
    check: "api-server",
    severity: "ok",
    object: "Kubernetes API",
    reason: `${state.kubernetes} answers`,
  };
  return [api, ...VALIDATIONS.flatMap((check) => runIfRead(check, state))];
}
