import type { JsonObject } from "../../common/json";
import { containersCause, willNotEnd } from "../../failure/containerCause";
import { counts } from "../../guard/rollout";
import { annotationsOf } from "../../k8s/istioLabels";
import { nameOf, namespaceOf, type Workload } from "../../k8s/workload";

/** The annotation in which Kubernetes counts the templates of a Deployment. */
const TEMPLATE_COUNT = "deployment.kubernetes.io/revision";

/** Returns how to go back to a Deployment's previous template. Empty if it has had only one. */
export function undoFix(deployment: JsonObject): string {
  const count = Number(annotationsOf(deployment)[TEMPLATE_COUNT] ?? 1);
  return count > 1
    ? `; or go back to what ran before: kubectl -n ${namespaceOf(deployment)} rollout undo deployment/${nameOf(deployment)}`
    : "";
}

/** A rollout that will not end by itself. */
export interface Stuck {
  readonly reason: string;
  readonly fix: string;
}

/**
 * Returns why the newest pods of an available workload will not come up, or `undefined` if waiting may
 * help.
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
