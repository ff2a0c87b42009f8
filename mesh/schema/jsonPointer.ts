import { isObject } from "../common/json";

/**
 * Keys and indexes of a JSON pointer, as ajv gives the place of an error.
 *
 * @param root the value that the pointer leads into, which tells indexes from keys
 * @example
 * pointerSegments("/a/0", { a: [1] }) // ["a", 0]
 */
export function pointerSegments(pointer: string, root: unknown): readonly (string | number)[] {
  let at: unknown = root;
  return pointer
    .split("/")
    .slice(1)
    .map((text) => {
      const key = text.replace(/~1/g, "/").replace(/~0/g, "~");
      const segment = Array.isArray(at) ? Number(key) : key;
      at = valueUnder(at, segment);
      return segment;
    });
}

/** The value under a key that the object itself holds, or an index. */
export function valueUnder(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) {
    return value[Number(key)];
  }
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
