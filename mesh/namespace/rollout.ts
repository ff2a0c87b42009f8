import { isObject, type JsonObject } from "../json";
import type { Problem } from "../problem";
import type { NamespaceInputs } from "./types";

/** How far a workload's restart is. */
export type Rollout =
  | { readonly kind: "done" }
  | { readonly kind: "running"; readonly text: string }
  | { readonly kind: "failed"; readonly reason: string };

function part(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isObject(value) ? value : {};
}

function count(object: JsonObject, field: string, fallback = 0): number {
  const value = object[field];
  return typeof value === "number" ? value : fallback;
}

function isObserved(workload: JsonObject): boolean {
  const generation = count(part(workload, "metadata"), "generation");
  return count(part(workload, "status"), "observedGeneration") >= generation;
}

/** A Deployment gives up after its `progressDeadlineSeconds`. */
function deadlineMessage(workload: JsonObject): string | undefined {
  const { conditions } = part(workload, "status");
  const failed = (Array.isArray(conditions) ? conditions : []).find(
    (condition) => isObject(condition) && condition.reason === "ProgressDeadlineExceeded",
  );
  return isObject(failed) ? String(failed.message ?? failed.reason) : undefined;
}

function progress(wished: number, updated: number, available: number): Rollout {
  return updated >= wished && available >= wished
    ? { kind: "done" }
    : { kind: "running", text: `${Math.min(updated, available)} of ${wished} pods` };
}

/**
 * How far the restart of a workload is, from the object as the cluster has it.
 *
 * @example
 * rolloutOf(deployment) // { kind: "running", text: "1 of 3 pods" }
 */
export function rolloutOf(workload: JsonObject): Rollout {
  const status = part(workload, "status");
  const reason = deadlineMessage(workload);
  if (!isObserved(workload)) {
    return { kind: "running", text: "not seen yet" };
  }
  if (reason !== undefined) {
    return { kind: "failed", reason };
  }
  if (status.desiredNumberScheduled !== undefined) {
    const wished = count(status, "desiredNumberScheduled");
    return progress(
      wished,
      count(status, "updatedNumberScheduled"),
      count(status, "numberAvailable"),
    );
  }
  const wished = count(part(workload, "spec"), "replicas", 1);
  // Pods of the old kind that are still there count in `replicas`.
  const leftOver = Math.max(0, count(status, "replicas") - count(status, "updatedReplicas"));
  const done = progress(
    wished,
    count(status, "updatedReplicas"),
    count(status, "availableReplicas"),
  );
  return leftOver > 0 && done.kind === "done"
    ? { kind: "running", text: `${leftOver} old pods left` }
    : done;
}

/**
 * A list in parts of a size.
 *
 * @example
 * batches(["a", "b", "c"], 2) // [["a", "b"], ["c"]]
 */
export function batches<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** What is wrong with the namespaces of a mesh, beside the revisions that they name. */
export function checkNamespaces(namespaces: readonly NamespaceInputs[]): Problem[] {
  const names = namespaces.map(({ name }) => name);
  return namespaces.flatMap(({ name, restart }, index) => {
    const source = `namespace ${name}`;
    const size = restart?.batchSize;
    return [
      ...(names.indexOf(name) === index
        ? []
        : [{ source, path: `namespaces[${index}].name`, value: name, reason: "is there twice" }]),
      ...(size === undefined || (Number.isInteger(size) && size > 0)
        ? []
        : [
            {
              source,
              path: "restart.batchSize",
              value: size,
              reason: "is not a number of workloads",
              allowed: "1 or more",
            },
          ]),
    ];
  });
}
