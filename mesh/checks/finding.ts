/** How bad a finding is; an `error` ends a command with exit code 1. */
export type Severity = "ok" | "info" | "warning" | "error";

/**
 * What a check of a cluster found, for `mesh precheck` and `mesh validate`.
 *
 * @example
 * {
 *   check: "injection-webhook",
 *   severity: "error",
 *   object: "MutatingWebhookConfiguration istio-sidecar-injector-1-31-0",
 *   reason: "webhook rev.namespace.sidecar-injector.istio.io has no caBundle",
 *   fix: "wait for istiod 1-31-0 or look at its log: kubectl -n istio-system logs deploy/istiod-1-31-0",
 * }
 */
export interface Finding {
  /** Identifier of the check, in lower case with hyphens; the same in every release. */
  readonly check: string;
  readonly severity: Severity;
  /** What it is about: `KIND NAMESPACE/NAME`, `KIND NAME`, or a few words such as "cluster version". */
  readonly object: string;
  readonly reason: string;
  /** What to do about it, a command where there is one; each finding worse than `info` has it. */
  readonly fix?: string;
}
