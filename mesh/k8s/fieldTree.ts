import { isObject, type Json, type JsonObject } from "../common/json";

/**
 * The fields that a manager owns, in the format of `fieldsV1` in `metadata.managedFields`. Each
 * key is one step down: `f:NAME` is a field, `k:{…}` a list item by its keys, `v:VALUE` an item of
 * a set, and `i:N` an item by position. `.`, or an empty tree, means the value itself.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export type FieldTree = JsonObject;

/** The step that means the value itself. */
export const ITSELF = ".";

/** Returns the part of a tree below a step, or `undefined` if it owns nothing there. */
export function child(tree: FieldTree, key: string): FieldTree | undefined {
  const found = tree[key];
  return isObject(found) ? found : undefined;
}

function isLeaf(tree: FieldTree): boolean {
  return Object.keys(tree).length === 0;
}

/**
 * Returns whether a tree below the root owns the value at its top, and not only some of its
 * fields.
 */
export function ownsItself(tree: FieldTree): boolean {
  return isLeaf(tree) || Object.hasOwn(tree, ITSELF);
}

function uniteBelow(left: FieldTree, right: FieldTree): FieldTree {
  const both = unite(left, right);
  return !isLeaf(both) && (isLeaf(left) || isLeaf(right)) ? { [ITSELF]: {}, ...both } : both;
}

/** Returns the fields that either tree owns. */
export function unite(left: FieldTree, right: FieldTree): FieldTree {
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(
    keys.map((key) => {
      const [a, b] = [child(left, key), child(right, key)];
      return [key, a && b ? uniteBelow(a, b) : (a ?? b ?? {})];
    }),
  );
}

/** The steps to a field. `*` matches any one step. */
export type FieldPattern = readonly string[];

/**
 * Divides a tree into the fields that the patterns name and the rest.
 *
 * @example
 * divide({ "f:spec": { "f:replicas": {}, "f:paused": {} } }, [["f:spec", "f:replicas"]])
 * // { named: { "f:spec": { "f:replicas": {} } }, rest: { "f:spec": { "f:paused": {} } } }
 */
export function divide(
  tree: FieldTree,
  patterns: readonly FieldPattern[],
): { readonly named: FieldTree; readonly rest: FieldTree } {
  const named: FieldTree = {};
  const rest: FieldTree = {};
  for (const key of Object.keys(tree)) {
    const below = child(tree, key) ?? {};
    const matching = patterns.filter(([first]) => first === key || first === "*");
    if (matching.some((pattern) => pattern.length === 1)) {
      named[key] = below;
    } else if (matching.length === 0 || isLeaf(below)) {
      rest[key] = below;
    } else {
      const parts = divide(
        below,
        matching.map((pattern) => pattern.slice(1)),
      );
      put(named, key, parts.named);
      put(rest, key, parts.rest);
    }
  }
  return { named, rest };
}

/** Skips an empty part: it owns nothing, but in the tree it would mean the value itself. */
function put(tree: FieldTree, key: string, part: FieldTree): void {
  if (!isLeaf(part)) {
    tree[key] = part;
  }
}

function matchesKeys(item: Json, keys: JsonObject): boolean {
  return isObject(item) && Object.entries(keys).every(([key, value]) => item[key] === value);
}

/** Returns the index of the list item that a step names, or -1 if there is none. */
function indexOf(list: readonly Json[], step: string): number {
  const text = step.slice(2);
  if (step.startsWith("k:")) {
    const keys = JSON.parse(text) as JsonObject;
    return list.findIndex((item) => matchesKeys(item, keys));
  }
  const value = JSON.parse(text) as Json;
  return step.startsWith("v:") ? list.indexOf(value) : Number(value);
}

/** Returns the key that a step names in a value, or `undefined` if the value has no such key. */
export function fieldKeyOf(value: Json, step: string): string | number | undefined {
  if (isObject(value) && step.startsWith("f:")) {
    const name = step.slice(2);
    return Object.hasOwn(value, name) ? name : undefined;
  }
  const index = Array.isArray(value) && !step.startsWith("f:") ? indexOf(value, step) : -1;
  return index < 0 ? undefined : index;
}

function without(value: Json, keys: readonly (string | number)[]): Json {
  return Array.isArray(value)
    ? value.filter((_, index) => !keys.includes(index))
    : Object.fromEntries(
        Object.entries(value as JsonObject).filter(([key]) => !keys.includes(key)),
      );
}

function replaced(value: Json, key: string | number, next: Json): Json {
  return Array.isArray(value)
    ? value.map((item, index) => (index === key ? next : item))
    : { ...(value as JsonObject), [key]: next };
}

/**
 * Returns what server-side apply makes of a value if its manager no longer names the fields in
 * `gone` while other managers still name those in `kept`. The value is not changed.
 */
export function withoutFields(value: Json, gone: FieldTree, kept: FieldTree = {}): Json {
  const removed: (string | number)[] = [];
  let result = value;
  for (const step of Object.keys(gone).filter((key) => key !== ITSELF)) {
    const key = fieldKeyOf(result, step);
    const [below, held] = [child(gone, step) ?? {}, child(kept, step)];
    if (key === undefined || (held !== undefined && isLeaf(held))) {
      continue;
    }
    if (held === undefined && ownsItself(below)) {
      removed.push(key);
    } else {
      const at = (result as JsonObject)[key as string] as Json;
      result = replaced(result, key, withoutFields(at, below, held));
    }
  }
  return without(result, removed);
}
