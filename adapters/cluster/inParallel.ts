import { inBatches } from "../../mesh/common/lists";

/** How many calls run at the same time. */
const PARALLEL = 8;

/** Calls a function for each item, a few at a time. The results have the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (const batch of inBatches(items, PARALLEL)) {
    results.push(...(await Promise.all(batch.map(act))));
  }
  return results;
}
