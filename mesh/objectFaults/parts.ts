import { isObject, type Json, type JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import { WORKLOAD_KINDS } from "../k8s/workload";
import type { SchemaFinding } from "../schema/schemaFinding";

/** What the API server would refuse at a place of an object. */
export type Fault = SchemaFinding;

/** A place in an object, from its root. */
export type Segments = readonly (string | number)[];

/** The place of a pod's spec in a workload. */
export const POD: Segments = ["spec", "template", "spec"];

/** Kinds whose `spec.template` is one of pods; a WorkloadGroup has a template too. */
export const WITH_PODS = [...WORKLOAD_KINDS, "ReplicaSet", "Job"];

/** The probes of a container. */
export const PROBES = ["readinessProbe", "livenessProbe", "startupProbe"] as const;

/** Whether an object makes pods of a template. */
export function hasPods({ kind }: K8sObject): boolean {
  return WITH_PODS.includes(kind);
}

/** The value at a place; `undefined` where there is none. */
export function at(object: Json, segments: Segments): Json | undefined {
  return segments.reduce<Json | undefined>(
    (value, key) =>
      value !== null && typeof value === "object"
        ? (value as JsonObject)[key as string]
        : undefined,
    object,
  );
}

/** The maps in the list at a place. */
export function objectsAt(object: Json, segments: Segments): JsonObject[] {
  const list = at(object, segments);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The places of all containers of a workload. */
export function containersOf(object: K8sObject): Segments[] {
  return ["initContainers", "containers"].flatMap((list) =>
    objectsAt(object, [...POD, list]).map((_, index) => [...POD, list, index]),
  );
}

/** The places of the items of a list. */
export function itemsOf(object: Json, list: Segments): Segments[] {
  return objectsAt(object, list).map((_, index) => [...list, index]);
}
