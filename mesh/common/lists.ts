/** The number of names that a finding lists. */
const SHOWN = 5;

/**
 * Joins names, and shortens a long list.
 *
 * @example someOf(["a", "b", "c", "d", "e", "f"]) // "a, b, c, d, e and 1 more"
 */
export function someOf(names: readonly string[]): string {
  const rest = names.length - SHOWN;
  return rest > 0 ? `${names.slice(0, SHOWN).join(", ")} and ${rest} more` : names.join(", ");
}

/** Groups items by a key, in the order in which the keys first appear. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/**
 * Returns items without those that have the key of another one.
 *
 * @param keyOf @default the whole item
 */
export function uniqueBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string = (item) => JSON.stringify(item),
): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

/** @example counted(1, "pod") // "1 pod" */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** @example inBatches([1, 2, 3], 2) // [[1, 2], [3]] */
export function inBatches<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
