import { getKey, isObject, type Json } from "../common/json";

/**
 * Returns the other spelling that Istio's messages accept: `locality_lb_setting` for
 * `localityLbSetting`.
 */
function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Returns the value at a path of keys, each in either spelling, or `undefined`. */
export function fieldAt(document: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (at, key) => (isObject(at) ? (getKey(at, key) ?? getKey(at, snakeCase(key))) : undefined),
    document,
  );
}
