import { deepEqual, isObject, type Json, type JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";

/** One field that differs. A side that lacks the field is absent. */
export interface FieldChange {
  readonly path: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

/** Fields that the API server maintains and that are not part of the object's own state. */
const BOOKKEEPING = [
  "managedFields",
  "resourceVersion",
  "generation",
  "uid",
  "creationTimestamp",
  "selfLink",
];

/** Labels and annotations that installers add. */
const INSTALLER_MARKS = [
  /^meta\.helm\.sh\//,
  /^helm\.sh\//,
  /^pulumi\.com\//,
  /^(install\.)?operator\.istio\.io\//,
  /^app\.kubernetes\.io\/(managed-by|instance|version|name|part-of)$/,
  /^argocd\.argoproj\.io\//,
  /^kustomize\.toolkit\.fluxcd\.io\//,
  /^kubectl\.kubernetes\.io\/last-applied-configuration$/,
  /^(release|istio\.io\/rev)$/,
];

function withoutMarks(map: Json | undefined): JsonObject {
  const entries = isObject(map) ? Object.entries(map) : [];
  return Object.fromEntries(
    entries.filter(([key]) => !INSTALLER_MARKS.some((mark) => mark.test(key))),
  );
}

function comparable(object: K8sObject): JsonObject {
  const { status: _, metadata, ...rest } = object;
  const own = Object.entries(metadata).filter(([key]) => !BOOKKEEPING.includes(key));
  const labels = withoutMarks(metadata.labels);
  const annotations = withoutMarks(metadata.annotations);
  return { ...rest, metadata: { ...Object.fromEntries(own), labels, annotations } };
}

/** Returns `[istiod]` for an item with a name, and the index for any other item. */
function itemStep(item: Json | undefined, index: number): string {
  return isObject(item) && typeof item.name === "string" ? `[${item.name}]` : `[${index}]`;
}

function compareLists(path: string, from: readonly Json[], to: readonly Json[]): FieldChange[] {
  const length = Math.max(from.length, to.length);
  return Array.from({ length }, (_, index) =>
    compare(`${path}${itemStep(to[index] ?? from[index], index)}`, from[index], to[index]),
  ).flat();
}

function compareMaps(path: string, from: JsonObject, to: JsonObject): FieldChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys.flatMap((key) => compare(path === "" ? key : `${path}.${key}`, from[key], to[key]));
}

function compare(path: string, from: Json | undefined, to: Json | undefined): FieldChange[] {
  if (deepEqual(from, to)) {
    return [];
  }
  if (isObject(from) && isObject(to)) {
    return compareMaps(path, from, to);
  }
  return Array.isArray(from) && Array.isArray(to)
    ? compareLists(path, from, to)
    : [{ path, from, to }];
}

/**
 * Returns the fields in which two states of an object differ, without bookkeeping and installers'
 * labels and annotations.
 *
 * @example
 * changesBetween(live, next).map(({ path }) => path) // ["spec.template.spec.containers[istiod].image"]
 */
export function changesBetween(before: K8sObject, after: K8sObject): FieldChange[] {
  return compare("", comparable(before), comparable(after));
}

/** Returns whether a change makes a workload replace its pods. */
export function restartsPods({ path }: Pick<FieldChange, "path">): boolean {
  return path === "spec.template" || path.startsWith("spec.template.");
}
