import type { JsonObject } from "../common/json";
import { annotationsOf, type Labels, labelsOf } from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { ANNOTATION_PREFIX } from "../model/annotations";

/** The label of namespaces in which a trial runs. */
export const TRIAL_LABEL = `${ANNOTATION_PREFIX}validate`;

const TIMEOUT_ANNOTATION = `${ANNOTATION_PREFIX}timeout-seconds`;

/** Returns a namespace for one trial. Its annotations say when the trial is over. */
export function ownNamespace(name: string, timeoutSeconds: number, labels: Labels = {}): K8sObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: { [TRIAL_LABEL]: "true", ...labels },
      annotations: { [TIMEOUT_ANNOTATION]: String(timeoutSeconds) },
    },
  };
}

/** How long a trial may take after its timeout, to report and to clean up. */
export const OVERTIME_SECONDS = 30;

/** Returns whether a namespace is left from a trial that was killed: its time is over. */
export function isLeftover(namespace: JsonObject, now: number): boolean {
  const seconds = Number(annotationsOf(namespace)[TIMEOUT_ANNOTATION]) + 2 * OVERTIME_SECONDS;
  const made = Date.parse(String(getPath(namespace, "metadata.creationTimestamp")));
  return labelsOf(namespace)[TRIAL_LABEL] === "true" && now - made > seconds * 1000;
}
