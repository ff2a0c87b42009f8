import type { Problem } from "../common/problem";
import type { Finding, Severity } from "./finding";

/** Creates the findings of one check. */
export interface Findings {
  ok(object: string, reason: string): Finding;
  /** For what is good to know, and for what could not be checked. */
  info(object: string, reason: string, fix?: string): Finding;
  warning(object: string, reason: string, fix: string): Finding;
  error(object: string, reason: string, fix: string): Finding;
  /** For a severity that depends on what was found. */
  of(severity: Severity, object: string, reason: string, fix?: string): Finding;
}

/**
 * @example findingsOf("control-plane").ok("istiod 1-31-0", "1 of 1 pods is ready")
 */
export function findingsOf(check: string): Findings {
  const of: Findings["of"] = (severity, object, reason, fix) => ({
    check,
    severity,
    object,
    reason,
    ...(fix !== undefined && { fix }),
  });
  return {
    of,
    ok: (object, reason) => of("ok", object, reason),
    info: (object, reason, fix) => of("info", object, reason, fix),
    warning: (object, reason, fix) => of("warning", object, reason, fix),
    error: (object, reason, fix) => of("error", object, reason, fix),
  };
}

const NOT_CHECKED = "not checked: because ";

/** Returns the finding of a check that could not run. */
export function notChecked(check: string, object: string, because: string): Finding {
  return findingsOf(check).info(object, `${NOT_CHECKED}${because}`);
}

/** Returns whether a finding says that its check could not run. */
export function isNotChecked({ severity, reason }: Finding): boolean {
  return severity === "info" && reason.startsWith(NOT_CHECKED);
}

/** Returns a problem with an input as a finding. */
export function fromProblem(
  check: string,
  severity: Severity,
  object: string,
  { path, reason, fix, see }: Problem,
): Finding {
  const text = path === "" ? reason : `${path}: ${reason}`;
  return findingsOf(check).of(severity, object, see === undefined ? text : `${text} (${see})`, fix);
}
