import { getKey, isObject, type Json } from "../common/json";
import { splitPath } from "../common/propertyPath";

/** What a path reaches, or `undefined`. List selectors are not followed. */
export function getPath(document: Json, path: string): Json | undefined {
  return splitPath(path).reduce<Json | undefined>(
    (at, key) => (isObject(at) ? getKey(at, key) : undefined),
    document,
  );
}
