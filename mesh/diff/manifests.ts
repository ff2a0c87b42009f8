import { loadAll } from "js-yaml";
import { isObject } from "../common/json";
import type { Problem } from "../common/problem";
import type { K8sObject } from "../k8s/objects";

/** The objects of a text, or what is wrong with the text. */
export interface ReadManifests {
  readonly objects: readonly K8sObject[];
  readonly problems: readonly Problem[];
}

function isK8sObject(value: unknown): value is K8sObject {
  return (
    isObject(value) &&
    typeof value.apiVersion === "string" &&
    typeof value.kind === "string" &&
    isObject(value.metadata)
  );
}

/** `kubectl get -o yaml` wraps its output in a List. */
function unwrapped(value: unknown): unknown[] {
  return isObject(value) && value.kind === "List" && Array.isArray(value.items)
    ? value.items
    : [value];
}

/** Reads the objects of a YAML or JSON text with any number of documents. */
export function readManifests(source: string, text: string): ReadManifests {
  try {
    const documents = loadAll(text).filter(
      (document) => document !== null && document !== undefined,
    );
    const values = documents.flatMap(unwrapped);
    const objects = values.filter(isK8sObject);
    const problems = values.flatMap((value, index) =>
      isK8sObject(value)
        ? []
        : [
            {
              source,
              path: values.length > 1 ? `[${index}]` : "",
              reason: "is not a Kubernetes object",
              allowed: "apiVersion, kind and metadata",
            },
          ],
    );
    return { objects, problems };
  } catch (error) {
    const { mark, message } = error as { mark?: { line?: number }; message: string };
    const line = mark?.line === undefined ? undefined : mark.line + 1;
    const reason = `is not valid YAML: ${message.split("\n")[0]}`;
    return { objects: [], problems: [{ source, line, path: "", reason }] };
  }
}
