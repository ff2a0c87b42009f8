import { getKey, isObject, type Json } from "../common/json";

/** `localityLbSetting` as Istio's messages also take it: `locality_lb_setting`. */
function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What lies at a path of keys, each in either spelling, or `undefined`. */
export function fieldAt(document: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (at, key) => (isObject(at) ? (getKey(at, key) ?? getKey(at, snakeCase(key))) : undefined),
    document,
  );
}
