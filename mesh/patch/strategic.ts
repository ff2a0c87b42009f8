/**
 * Kubernetes' strategic merge on plain data, for the kinds that a component's `k8s` block patches.
 * Source: k8s.io/apimachinery pkg/util/strategicpatch, `StrategicMergePatch`.
 *
 * Two behaviours of Go are not reproduced. Go refuses a patch that merges into a field its API
 * type does not have. Such a field cannot come from a rendered chart, so it is merged here as
 * plain JSON. And Go overwrites a list while it still reads it, which changes the order if
 * `$setElementOrder` meets a deletion from a list with repeated merge keys, or does not name the
 * patch's items.
 */
import { deepClone, getKey, isObject, type Json, type JsonObject, setKey } from "../common/json";
import { attempt, type PatchError } from "./patchError";
import {
  applyObjectDirective,
  applyRetainKeys,
  DELETE_FROM_LIST_PREFIX,
  directiveField,
  ELEMENT_ORDER_PREFIX,
  PATCH_DIRECTIVE,
  withoutDirectives,
  withoutNulls,
} from "./strategicDirectives";
import { orderList } from "./strategicElementOrder";
import { deleteFromList, type ListMerge, mergeLists } from "./strategicLists";
import { type FieldRule, fieldRule, PATCHED_KINDS } from "./strategicSchema";
import type { PatchProblem } from "./types";

/** Where in the object a merge is, and where it reports what it cannot apply. */
interface Scope {
  readonly type: string | undefined;
  readonly path: string;
  readonly problems: PatchProblem[];
}

/** One key of a patch, and the field that it is about. */
interface Change {
  readonly field: string;
  readonly value: Json;
  /** True if the value lists what to delete. */
  readonly deletes: boolean;
}

function below(scope: Scope, field: string, type: string | undefined): Scope {
  return { ...scope, type, path: scope.path === "" ? field : `${scope.path}.${field}` };
}

function report(scope: Scope, value: Json, { reason, fix }: PatchError): void {
  scope.problems.push({ path: scope.path, value, reason, fix });
}

function setOrDelete(target: JsonObject, key: string, value: Json | undefined): void {
  if (value === undefined) {
    delete target[key];
  } else {
    setKey(target, key, value);
  }
}

function elementScope(scope: Scope, element: JsonObject, mergeKey: string | undefined): Scope {
  const key = mergeKey === undefined ? "" : `${mergeKey}:${String(element[mergeKey])}`;
  return below(scope, `[${key}]`, scope.type);
}

function listMerge(rule: FieldRule, scope: Scope): ListMerge {
  const { mergeKey } = rule;
  return {
    mergeKey,
    mergeElement: (base, patch) => mergeObject(base, patch, elementScope(scope, patch, mergeKey)),
  };
}

function mergeList(base: Json[], patch: Json[], rule: FieldRule, scope: Scope): Json[] {
  return rule.strategy === "merge" ? mergeLists(base, patch, listMerge(rule, scope)) : patch;
}

function sameType(left: Json, right: Json): boolean {
  return (
    typeof left === typeof right &&
    Array.isArray(left) === Array.isArray(right) &&
    (left === null) === (right === null)
  );
}

/** Returns the new value of a field that both sides have with the same type. */
function mergeValue(base: Json, change: Change, rule: FieldRule, scope: Scope): Json {
  const patch = change.value;
  if (Array.isArray(patch)) {
    return change.deletes
      ? deleteFromList(base as Json[], patch, listMerge(rule, scope))
      : mergeList(base as Json[], patch, rule, scope);
  }
  if (isObject(patch) && rule.strategy !== "replace") {
    return mergeObject(base as JsonObject, patch, scope);
  }
  return patch;
}

function changeOf(key: string, value: Json): Change {
  return key.startsWith(DELETE_FROM_LIST_PREFIX)
    ? { field: directiveField(key, DELETE_FROM_LIST_PREFIX), value, deletes: true }
    : { field: key, value, deletes: false };
}

function applyChange(target: JsonObject, change: Change, rule: FieldRule, scope: Scope): void {
  const { field, value, deletes } = change;
  const base = getKey(target, field);
  if (value === null) {
    delete target[field];
  } else if (base !== undefined && sameType(base, value)) {
    setKey(target, field, mergeValue(base, change, rule, scope));
  } else if (!deletes) {
    setOrDelete(target, field, withoutDirectives(withoutNulls(value)));
  }
}

function mergeField(target: JsonObject, key: string, value: Json, scope: Scope): void {
  attempt(
    () => {
      const change = changeOf(key, value);
      const rule = fieldRule(scope.type, change.field);
      applyChange(target, change, rule, below(scope, change.field, rule.type));
    },
    (error) => report(below(scope, key, undefined), value, error),
  );
}

/** Applies one `$setElementOrder/<field>` and removes the field that it orders from the patch. */
function applyOrder(target: JsonObject, patch: JsonObject, key: string, scope: Scope): void {
  const order = patch[key] as Json;
  delete patch[key];
  const field = directiveField(key, ELEMENT_ORDER_PREFIX);
  const rule = fieldRule(scope.type, field);
  const inner = below(scope, field, rule.type);
  const lists = { base: getKey(target, field), patch: getKey(patch, field), order };
  delete patch[field];
  const ordered = orderList(lists, listMerge(rule, inner), (base, items) =>
    mergeList(base, items, rule, inner),
  );
  if (ordered !== undefined) {
    setKey(target, field, ordered);
  }
}

function applyOrders(target: JsonObject, patch: JsonObject, scope: Scope): void {
  const keys = Object.keys(patch).filter((key) => key.startsWith(ELEMENT_ORDER_PREFIX));
  for (const key of keys) {
    attempt(
      () => applyOrder(target, patch, key, scope),
      (error) => report(below(scope, key, undefined), null, error),
    );
  }
}

function mergeObject(base: JsonObject, patch: JsonObject, scope: Scope): JsonObject {
  if (Object.hasOwn(patch, PATCH_DIRECTIVE)) {
    return applyObjectDirective(patch);
  }
  const kept = applyRetainKeys(base, patch);
  const target = { ...kept.base };
  const changes = { ...kept.patch };
  applyOrders(target, changes, scope);
  for (const [key, value] of Object.entries(changes)) {
    mergeField(target, key, value, scope);
  }
  return target;
}

function isPatchedKind(kind: string): boolean {
  return (PATCHED_KINDS as readonly string[]).includes(kind);
}

/** Returns why a base and a patch of a kind cannot be merged at all. */
function refusal(kind: string, base: Json, patch: Json): PatchProblem | undefined {
  if (!isPatchedKind(kind)) {
    const fix = `use one of ${PATCHED_KINDS.join(", ")}, or a path patch`;
    return { path: "", value: patch, reason: `no merge rules for kind "${kind}"`, fix };
  }
  if (!isObject(base) || !(isObject(patch) || patch === null)) {
    const fix = "give an object with the fields to change";
    return { path: "", value: patch, reason: "base and patch are not both objects", fix };
  }
  return undefined;
}

/** A merged value, and every part of the patch that was not applied. */
export interface StrategicMerge {
  readonly merged: Json;
  readonly problems: readonly PatchProblem[];
}

/**
 * Does what {@link strategicMerge} does, and also reports what it did not apply: if Kubernetes
 * would refuse a part of the patch, that field keeps the value of the base, the rest is applied,
 * and a problem says why.
 *
 * @example
 * strategicMergeChecked("Deployment", istiod, { spec: { template: { spec: { containers: [{}] } } } })
 * // problems: [{ path: "spec.template.spec.containers", reason: 'a list item has no "name", ...' }]
 */
export function strategicMergeChecked(kind: string, base: Json, patch: Json): StrategicMerge {
  const problems: PatchProblem[] = [];
  const refused = refusal(kind, base, patch);
  const target = deepClone(base);
  if (refused !== undefined) {
    return { merged: target, problems: [refused] };
  }
  let merged: Json = target;
  const scope = { type: kind, path: "", problems };
  attempt(
    () => {
      merged = mergeObject(target as JsonObject, deepClone(patch ?? {}) as JsonObject, scope);
    },
    (error) => report(scope, patch, error),
  );
  return { merged, problems };
}

/**
 * Returns the base with a strategic merge patch applied. Never throws, and changes neither
 * argument. Use {@link strategicMergeChecked} to learn what could not be applied.
 *
 * @example
 * strategicMerge("Deployment", { spec: { replicas: 1 } }, { spec: { replicas: 2 } })
 * // { spec: { replicas: 2 } }
 */
export function strategicMerge(kind: string, base: Json, patch: Json): Json {
  return strategicMergeChecked(kind, base, patch).merged;
}
