import { getKey, isObject, type Json, type JsonObject } from "./json";

/**
 * Applies a JSON merge patch: maps are merged, `null` removes a key, and everything else replaces
 * what was there. The inputs are not changed.
 *
 * @example
 * mergePatch({ a: 1, b: { c: 2 } }, { a: null, b: { d: 3 } }) // { b: { c: 2, d: 3 } }
 * @see https://www.rfc-editor.org/rfc/rfc7386
 */
export function mergePatch(base: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[key];
    } else if (isObject(value)) {
      const below = getKey(base, key);
      result[key] = mergePatch(isObject(below) ? below : {}, value);
    } else {
      result[key] = value;
    }
  }
  return result;
}

/**
 * Returns the merge patch that turns one document into another. The documents must hold no `null`,
 * which a patch cannot write.
 *
 * @example
 * patchBetween({ a: 1, b: 2 }, { b: 3 }) // { a: null, b: 3 }
 */
export function patchBetween(from: JsonObject, to: JsonObject): JsonObject {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return Object.fromEntries(
    keys.flatMap((key): [string, Json][] => {
      const [before, after] = [getKey(from, key), getKey(to, key)];
      if (after === undefined) {
        return [[key, null]];
      }
      if (isObject(before) && isObject(after)) {
        const below = patchBetween(before, after);
        return Object.keys(below).length === 0 ? [] : [[key, below]];
      }
      return JSON.stringify(before) === JSON.stringify(after) ? [] : [[key, after]];
    }),
  );
}
