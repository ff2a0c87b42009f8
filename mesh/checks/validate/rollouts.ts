import type { JsonObject } from "../../common/json";
import { containersCause, willNotEnd } from "../../failure/containerCause";
import { counts, type Workload } from "../../guard/rollout";
import { annotationsOf } from "../../k8s/istioLabels";
import { nameOf, namespaceOf } from "../../k8s/workload";

/** Kubernetes counts the templates that a Deployment has had. */
const TEMPLATE_COUNT = "deployment.kubernetes.io/revision";

/** How to go back to a Deployment's last template; empty where it has had no other. */
export function undoFix(deployment: JsonObject): string {
  const count = Number(annotationsOf(deployment)[TEMPLATE_COUNT] ?? 1);
  return count > 1
    ? `; or go back to what ran before: kubectl -n ${namespaceOf(deployment)} rollout undo deployment/${nameOf(deployment)}`
    : "";
}

/** A roll-out that will not end by itself. */
export interface Stuck {
  readonly reason: string;
  readonly fix: string;
}

/**
 * Why the newest pods of a workload that serves will not come up, by what their containers say for
 * certain; `undefined` while there is hope.
 *
 * @param pods of the workload
 */
export function stuckRollout(workload: Workload, pods: readonly JsonObject[]): Stuck | undefined {
  const { kind, object } = workload;
  const cause = containersCause(pods);
  if (cause === undefined || !willNotEnd(object, cause)) {
    return undefined;
  }
  const { ready, wanted } = counts(workload);
  const undo = kind === "Deployment" ? undoFix(object) : "";
  return {
    reason: `${ready} of ${wanted} pods are available, and the rest will not come up: ${cause.text}`,
    fix: `${cause.fix}${undo}`,
  };
}
