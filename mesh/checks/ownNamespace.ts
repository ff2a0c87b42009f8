import type { JsonObject } from "../common/json";
import { annotationsOf, type Labels, labelsOf } from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { ANNOTATION_PREFIX } from "../model/annotations";

/** Marks namespaces that a trial of ours is in, and nothing else does. */
export const TRIAL_LABEL = `${ANNOTATION_PREFIX}validate`;

const TIMEOUT_ANNOTATION = `${ANNOTATION_PREFIX}timeout-seconds`;

/** A namespace for one trial, which says itself when that is over. */
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

/** What a trial takes after its timeout at most, to tell what it knows and to clean up. */
export const OVERTIME_SECONDS = 30;

/** A namespace of a trial that nobody ends any more, since its time is long over. */
export function isLeftover(namespace: JsonObject, now: number): boolean {
  const seconds = Number(annotationsOf(namespace)[TIMEOUT_ANNOTATION]) + 2 * OVERTIME_SECONDS;
  const made = Date.parse(String(getPath(namespace, "metadata.creationTimestamp")));
  return labelsOf(namespace)[TRIAL_LABEL] === "true" && now - made > seconds * 1000;
}
