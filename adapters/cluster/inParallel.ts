import { inBatches } from "../../mesh/guard/rollout";

/** Questions that are on their way at the same time. */
const PARALLEL = 8;

/** The same function for each item, a few at a time; results in the order of the items. */
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
