import type { Culprit } from "../k8s/workload";

/** What a look at the cluster leads to. */
export type Decision =
  | { readonly kind: "ok" }
  | {
      /** It may come right by itself. */
      readonly kind: "wait";
      readonly reason: string;
      readonly culprit?: Culprit;
    }
  | {
      /** It cannot come right by itself. */
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
