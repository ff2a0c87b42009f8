import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import { splitPath } from "../common/propertyPath";

/** Returns the value at a path, or `undefined`. Does not follow list selectors. */
export function getPath(document: Json, path: string): Json | undefined {
  return splitPath(path).reduce<Json | undefined>(
    (at, key) => (isObject(at) ? getKey(at, key) : undefined),
    document,
  );
}

/** Returns the map at a path, or an empty one. */
export function objectAt(document: Json, path: string): JsonObject {
  const value = getPath(document, path);
  return isObject(value) ? value : {};
}

/** Returns the text at a path, or `undefined` if there is none. */
export function textAt(document: Json, path: string): string | undefined {
  const value = getPath(document, path);
  return typeof value === "string" ? value : undefined;
}
