import type { Problem } from "../../common/problem";
import type { Finding, Severity } from "../finding";

type Found = (severity: Severity, object: string, reason: string, fix?: string) => Finding;

/** Makes findings of one check. */
export function finder(check: string): Found {
  return (severity, object, reason, fix) => ({
    check,
    severity,
    object,
    reason,
    ...(fix !== undefined && { fix }),
  });
}

/** A problem with an input as a finding. */
export function fromProblem(
  check: string,
  severity: Severity,
  object: string,
  { path, reason, fix }: Problem,
): Finding {
  return finder(check)(severity, object, path === "" ? reason : `${path}: ${reason}`, fix);
}
