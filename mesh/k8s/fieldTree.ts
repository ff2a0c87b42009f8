import { isObject, type Json, type JsonObject } from "../common/json";

/**
 * Fields that a manager owns, as `fieldsV1` in `metadata.managedFields` has them. Each key is a step
 * down: `f:NAME` a field, `k:{…}` a list item by its keys, `v:VALUE` an item of a set, `i:N` one by
 * position. `.`, and an empty tree, stand for the thing itself.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export type FieldTree = JsonObject;

/** The step that stands for the thing itself. */
export const ITSELF = ".";

/** What a tree owns below a step; `undefined` if it owns nothing there. */
export function child(tree: FieldTree, key: string): FieldTree | undefined {
  const found = tree[key];
  return isObject(found) ? found : undefined;
}

function isLeaf(tree: FieldTree): boolean {
  return Object.keys(tree).length === 0;
}

/** Whether a tree below the root owns the thing at its top, and not only some of its fields. */
export function ownsItself(tree: FieldTree): boolean {
  return isLeaf(tree) || Object.hasOwn(tree, ITSELF);
}

function uniteBelow(left: FieldTree, right: FieldTree): FieldTree {
  const both = unite(left, right);
  return !isLeaf(both) && (isLeaf(left) || isLeaf(right)) ? { [ITSELF]: {}, ...both } : both;
}

/** What either tree owns. */
export function unite(left: FieldTree, right: FieldTree): FieldTree {
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(
    keys.map((key) => {
      const [a, b] = [child(left, key), child(right, key)];
      return [key, a && b ? uniteBelow(a, b) : (a ?? b ?? {})];
    }),
  );
}

/** Steps to a field; `*` is any one step. */
export type FieldPattern = readonly string[];

/**
 * Parts a tree into what the patterns name and the rest.
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

/** An empty part owns nothing; in the tree it would own the thing itself. */
function put(tree: FieldTree, key: string, part: FieldTree): void {
  if (!isLeaf(part)) {
    tree[key] = part;
  }
}

function matchesKeys(item: Json, keys: JsonObject): boolean {
  return isObject(item) && Object.entries(keys).every(([key, value]) => item[key] === value);
}

/** Where the item of a list is that a step names; -1 when there is none. */
function indexOf(list: readonly Json[], step: string): number {
  const text = step.slice(2);
  if (step.startsWith("k:")) {
    const keys = JSON.parse(text) as JsonObject;
    return list.findIndex((item) => matchesKeys(item, keys));
  }
  const value = JSON.parse(text) as Json;
  return step.startsWith("v:") ? list.indexOf(value) : Number(value);
}

/** The key that a step names in a value; `undefined` when the value has none such. */
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
 * What server-side apply makes of a value when its manager stops to name the fields in `gone`, while
 * somebody still names those in `kept`. The value is not changed.
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
