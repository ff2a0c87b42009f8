import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import { PatchError } from "./patchError";
import { PATCH_DIRECTIVE, unknownDirective } from "./strategicDirectives";
import { arrange, type Identity } from "./strategicOrder";

/** Merges one element of a list of objects into the base's element with the same merge key. */
export type MergeElement = (base: JsonObject, patch: JsonObject) => JsonObject;

/** Describes how one list is merged. */
export interface ListMerge {
  /** The key that identifies an element, or `undefined` for a list of scalars. */
  readonly mergeKey: string | undefined;
  readonly mergeElement: MergeElement;
}

function typeOf(value: Json): string {
  return Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
}

/**
 * Returns the type that all elements have. Lists of lists, lists with nulls and mixed lists cannot
 * be merged.
 *
 * @example
 * elementType([{ name: "a" }]) // "object"
 */
export function elementType(elements: readonly Json[]): string {
  const types = new Set(elements.map(typeOf));
  const [type] = types;
  if (type === undefined || types.size > 1 || type === "list" || type === "null") {
    throw new PatchError(
      `a list of ${[...types].join(" and ") || "nothing"} cannot be merged`,
      "make all items objects, or all of them the same kind of scalar",
    );
  }
  return type;
}

/**
 * Returns the value of an element's merge key.
 *
 * @example
 * mergeKeyOf({ name: "discovery" }, "name") // "discovery"
 */
export function mergeKeyOf(element: Json, mergeKey: string): Json {
  const value = isObject(element) ? getKey(element, mergeKey) : undefined;
  if (value === undefined || typeof value === "object") {
    throw new PatchError(
      `a list item has no "${mergeKey}", the key that tells the items apart`,
      `give each item a "${mergeKey}"`,
    );
  }
  return value;
}

/**
 * Returns a function that identifies the elements of a list.
 *
 * @example
 * identityOf("name")({ name: "a" }) // "a"
 */
export function elementIdentityOf(mergeKey: string | undefined): Identity {
  return (element) =>
    mergeKey === undefined || !isObject(element) ? element : getKey(element, mergeKey);
}

function applyElementDirective(base: readonly Json[], element: JsonObject, mergeKey: string) {
  const directive = element[PATCH_DIRECTIVE];
  if (directive === "delete") {
    const deleted = mergeKeyOf(element, mergeKey);
    return base.filter((item) => !isObject(item) || item[mergeKey] !== deleted);
  }
  if (directive !== "replace") {
    throw unknownDirective(directive);
  }
  return base;
}

/** Applies the elements with `$patch`, and returns base and patch without them. */
function applyElementDirectives(base: readonly Json[], patch: readonly Json[], mergeKey: string) {
  const directives = patch.filter(isObject).filter((item) => Object.hasOwn(item, PATCH_DIRECTIVE));
  const plain = patch.filter((item) => !isObject(item) || !Object.hasOwn(item, PATCH_DIRECTIVE));
  const kept = directives.reduce<readonly Json[]>(
    (rest, element) => applyElementDirective(rest, element, mergeKey),
    base,
  );
  const replaces = directives.some((element) => element[PATCH_DIRECTIVE] === "replace");
  return replaces ? { base: plain, patch: [] } : { base: kept, patch: plain };
}

function mergeOne(list: Json[], element: Json, mergeKey: string, merge: MergeElement): void {
  const key = mergeKeyOf(element, mergeKey);
  const at = list.findIndex((item) => isObject(item) && getKey(item, mergeKey) === key);
  if (at === -1) {
    list.push(element);
  } else {
    list[at] = merge(list[at] as JsonObject, element as JsonObject);
  }
}

function mergeObjects(base: readonly Json[], patch: readonly Json[], how: ListMerge): Json[] {
  const { mergeKey } = how;
  if (mergeKey === undefined) {
    throw new PatchError("this list of objects has no merge key", "give the whole list");
  }
  const split = applyElementDirectives(base, patch, mergeKey);
  const merged = [...split.base];
  for (const element of split.patch) {
    mergeOne(merged, element, mergeKey, how.mergeElement);
  }
  for (const element of merged) {
    mergeKeyOf(element, mergeKey);
  }
  return arrange(merged, split.patch, split.base, elementIdentityOf(mergeKey));
}

function mergeScalars(base: readonly Json[], patch: readonly Json[]): Json[] {
  return arrange([...new Set([...base, ...patch])], patch, base, (element) => element);
}

/**
 * Merges two lists. Source: apimachinery strategicpatch `mergeSlice`.
 *
 * @example
 * mergeLists([{ name: "a", value: "1" }], [{ name: "b" }], { mergeKey: "name", mergeElement })
 * // [{ name: "b" }, { name: "a", value: "1" }]
 */
export function mergeLists(base: readonly Json[], patch: readonly Json[], how: ListMerge): Json[] {
  if (base.length === 0 && patch.length === 0) {
    return [];
  }
  return elementType([...base, ...patch]) === "object"
    ? mergeObjects(base, patch, how)
    : mergeScalars(base, patch);
}

/**
 * Returns a list without the scalars that `$deleteFromPrimitiveList` names.
 *
 * @example
 * deleteFromList(["a", "b"], ["a"], how) // ["b"]
 */
export function deleteFromList(
  base: readonly Json[],
  deleted: readonly Json[],
  how: ListMerge,
): Json[] {
  const all = [...base, ...deleted];
  if (all.length > 0 && elementType(all) === "object") {
    return mergeLists(base, deleted, how);
  }
  return base.filter((item) => !deleted.includes(item));
}
