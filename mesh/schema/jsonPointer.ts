import { isObject } from "../common/json";

/**
 * Returns the keys and indexes of a JSON pointer, by which ajv names the place of an error.
 *
 * @param root the value to which the pointer belongs, which distinguishes indexes from keys
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

/** Returns the value of an object's own key, or of an index. */
export function valueUnder(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) {
    return value[Number(key)];
  }
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
