type Segments = readonly (string | number)[];

/** A value that JSON cannot hold, or that is nested too deep. */
export interface NonJsonValue {
  readonly segments: Segments;
  readonly depth: number;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      return value === null || Array.isArray(value) || isPlainObject(value);
    default:
      return false;
  }
}

function childrenOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) {
    return value.map((item, index) => [index, item]);
  }
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/**
 * Returns the first value that JSON cannot hold (a date, an infinite number, a function) or that
 * lies below `maxDepth` levels. Returns `undefined` if everything is plain data.
 *
 * @example
 * findForeign({ a: [new Date()] }, 100)?.segments // ["a", 0]
 */
export function findNonJson(
  value: unknown,
  maxDepth: number,
  segments: Segments = [],
): NonJsonValue | undefined {
  if (!isPlain(value) || segments.length > maxDepth) {
    return { segments, depth: segments.length };
  }
  for (const [key, child] of childrenOf(value)) {
    const found = findNonJson(child, maxDepth, [...segments, key]);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
