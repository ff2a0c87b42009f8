import type { Culprit } from "../k8s/workload";

/** What follows from the state of the cluster. */
export type Decision =
  | { readonly kind: "ok" }
  | {
      /** The state may become right by itself. */
      readonly kind: "wait";
      readonly reason: string;
      readonly culprit?: Culprit;
    }
  | {
      /** The state cannot become right by itself. */
      readonly kind: "fail";
      readonly reason: string;
      readonly fix: string;
    };

export const OK: Decision = { kind: "ok" };

export function wait(reason: string, culprit?: Culprit): Decision {
  return { kind: "wait", reason, ...(culprit && { culprit }) };
}

export function fail(reason: string, fix: string): Decision {
  return { kind: "fail", reason, fix };
}
