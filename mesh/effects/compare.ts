import { isDeepStrictEqual } from "node:util";

/** What is only in the first map, only in the second, and in both with different values. */
export interface Compared<T> {
  readonly added: readonly (readonly [string, T])[];
  readonly removed: readonly (readonly [string, T])[];
  readonly both: readonly (readonly [name: string, before: T, after: T])[];
}

/** Compares two maps by their keys, in the order of the second. */
export function compareMaps<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Compared<T> {
  const has = (map: Readonly<Record<string, T>>, name: string) => Object.hasOwn(map, name);
  return {
    added: Object.entries(after).filter(([name]) => !has(before, name)),
    removed: Object.entries(before).filter(([name]) => !has(after, name)),
    both: Object.entries(after)
      .filter(([name]) => has(before, name))
      .map(([name, value]) => [name, before[name] as T, value] as const),
  };
}

/** Returns the keys whose values differ between two maps, or that only one of them has. */
export function changedKeys(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key]));
}
