import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import { PatchError } from "./patchError";

/** Directive keys of a strategic merge patch. Source: apimachinery strategicpatch/patch.go. */
export const PATCH_DIRECTIVE = "$patch";
export const RETAIN_KEYS = "$retainKeys";
export const ELEMENT_ORDER_PREFIX = "$setElementOrder";
export const DELETE_FROM_LIST_PREFIX = "$deleteFromPrimitiveList";

/**
 * Returns a value without the objects that carry `$patch`, or `undefined` if the value itself
 * carries it. A value that the base does not have is added this way.
 *
 * @example
 * withoutDirectives([{ name: "a" }, { name: "b", $patch: "delete" }]) // [{ name: "a" }]
 */
export function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((item) => item !== undefined);
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.hasOwn(value, PATCH_DIRECTIVE) ? undefined : entriesWithoutDirectives(value);
}

function entriesWithoutDirectives(value: JsonObject): JsonObject {
  const kept = Object.entries(value).flatMap(([key, item]) => {
    const rest = withoutDirectives(item);
    return rest === undefined ? [] : [[key, rest] as const];
  });
  return Object.fromEntries(kept);
}

/**
 * Returns a value without the keys that are null, at every depth. Null items of lists stay.
 *
 * @example
 * withoutNulls({ a: null, b: [null, { c: null }] }) // { b: [null, {}] }
 */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (!isObject(value)) {
    return value;
  }
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}

/**
 * Returns what an object becomes if its patch carries `$patch`: the patch itself, or nothing.
 *
 * @example
 * applyObjectDirective({ $patch: "replace", a: 1 }) // { a: 1 }
 */
export function applyObjectDirective(patch: JsonObject): JsonObject {
  const { [PATCH_DIRECTIVE]: directive, ...rest } = patch;
  if (directive === "replace") {
    return rest;
  }
  if (directive === "delete") {
    return {};
  }
  throw unknownDirective(directive);
}

/** Returns the problem for a `$patch` that an object or list element does not accept. */
export function unknownDirective(directive: Json | undefined): PatchError {
  return new PatchError(
    `$patch: ${JSON.stringify(directive)} is not applied`,
    'use "$patch: replace" or "$patch: delete", or leave $patch out to merge',
  );
}

function isListDirective(key: string): boolean {
  return key.startsWith(DELETE_FROM_LIST_PREFIX) || key.startsWith(ELEMENT_ORDER_PREFIX);
}

function checkRetained(patch: JsonObject, retained: readonly Json[]): void {
  const extra = Object.keys(patch).find(
    (key) => patch[key] !== null && !isListDirective(key) && !retained.includes(key),
  );
  if (extra !== undefined) {
    throw new PatchError(
      `"${extra}" is set and not in $retainKeys`,
      `add "${extra}" to $retainKeys`,
    );
  }
}

/**
 * Applies `$retainKeys`: returns the patch, and a base that keeps only the listed keys.
 *
 * @example
 * applyRetainKeys({ type: "X", rollingUpdate: {} }, { $retainKeys: ["type"], type: "Recreate" })
 * // { base: { type: "X" }, patch: { type: "Recreate" } }
 */
export function applyRetainKeys(
  base: JsonObject,
  patch: JsonObject,
): { base: JsonObject; patch: JsonObject } {
  const retained = getKey(patch, RETAIN_KEYS);
  if (retained === undefined) {
    return { base, patch };
  }
  const { [RETAIN_KEYS]: _, ...rest } = patch;
  if (!Array.isArray(retained)) {
    throw new PatchError("$retainKeys is not a list", "list the names of the keys to keep");
  }
  checkRetained(rest, retained);
  const kept = Object.entries(base).filter(([key]) => retained.includes(key));
  return { base: Object.fromEntries(kept), patch: rest };
}

/**
 * Returns the field that a directive key such as `$setElementOrder/containers` is about.
 *
 * @example
 * directiveField("$deleteFromPrimitiveList/finalizers", "$deleteFromPrimitiveList") // "finalizers"
 */
export function directiveField(key: string, prefix: string): string {
  const slash = key.indexOf("/");
  if (slash === -1 || key.slice(0, slash) !== prefix) {
    throw new PatchError(`"${key}" names no field`, `write ${prefix}/<field>`);
  }
  return key.slice(slash + 1);
}
