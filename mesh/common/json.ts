import { isDeepStrictEqual } from "node:util";

/** Plain JSON data: the parsed content of a YAML or JSON file. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object, such as a Kubernetes object or a block of Helm values. */
export type JsonObject = { [key: string]: Json };

/**
 * Returns whether a value is a JSON object, and not a list or null.
 *
 * @example
 * isObject({}) // true
 * isObject([]) // false
 */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Returns whether a template's `if` treats a value as empty: left out, null, false, an empty text,
 * 0, or an empty map or list.
 */
export function isEmpty(value: Json | undefined): boolean {
  if (isObject(value)) {
    return Object.keys(value).length === 0;
  }
  return Array.isArray(value) ? value.length === 0 : !value;
}

function cloneObject(value: JsonObject): JsonObject {
  const defined = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(defined.map(([key, item]) => [key, deepClone(item)]));
}

/**
 * Returns a copy that shares nothing with the original. Leaves out keys whose value is
 * `undefined`.
 *
 * @example
 * deepClone({ a: [1] }) // { a: [1] }
 */
export function deepClone<T extends Json>(value: T): T {
  if (Array.isArray(value)) {
    return value.map((item) => deepClone(item)) as T;
  }
  return isObject(value) ? (cloneObject(value) as T) : value;
}

/**
 * Returns whether two values hold the same data. The order of keys does not matter; the order of
 * list items does.
 *
 * @example
 * deepEqual({ a: 1, b: 2 }, { b: 2, a: 1 }) // true
 */
export function deepEqual(left: Json | undefined, right: Json | undefined): boolean {
  return isDeepStrictEqual(left, right);
}

/**
 * Returns the value of a key that the object itself has. Inherited names such as `constructor` do
 * not count.
 *
 * @example
 * getKey({ a: 1 }, "a") // 1
 * getKey({}, "toString") // undefined
 */
export function getKey(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Sets a key in place as plain data, even one named `__proto__`.
 *
 * @example
 * setKey(labels, "app", "istiod")
 */
export function setKey(object: JsonObject, key: string, value: Json): void {
  Object.defineProperty(object, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
