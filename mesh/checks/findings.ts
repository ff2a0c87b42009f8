import type { Finding } from "./finding";

/** Makes the findings of one check, so that each names only what it found. */
export interface Findings {
  ok(object: string, reason: string): Finding;
  /** Worth knowing; also what could not be checked. */
  info(object: string, reason: string): Finding;
  warning(object: string, reason: string, fix: string): Finding;
  error(object: string, reason: string, fix: string): Finding;
}

/**
 * @example findingsOf("control-plane").ok("istiod 1-29-1", "1 of 1 pods is ready")
 */
export function findingsOf(check: string): Findings {
  return {
    ok: (object, reason) => ({ check, severity: "ok", object, reason }),
    info: (object, reason) => ({ check, severity: "info", object, reason }),
    warning: (object, reason, fix) => ({ check, severity: "warning", object, reason, fix }),
    error: (object, reason, fix) => ({ check, severity: "error", object, reason, fix }),
  };
}

/** What a check says when it could not look. */
export function notChecked(check: string, object: string, because: string): Finding {
  return findingsOf(check).info(object, `not checked: because ${because}`);
}
