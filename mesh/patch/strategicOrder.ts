import { isObject, type Json } from "../common/json";
import { PATCH_DIRECTIVE } from "./strategicDirectives";

/** Identifies a list element: by its merge key, or by the element itself. */
export type Identity = (element: Json) => Json | undefined;

function positionIn(order: readonly Json[], element: Json, identity: Identity): number {
  const wanted = identity(element);
  return order.findIndex((candidate) => identity(candidate) === wanted);
}

/**
 * An insertion sort. The comparison is not a total order if `order` lacks an element (such an
 * element goes before its neighbour), so the result depends on the algorithm. Go's
 * `sort.SliceStable` uses an insertion sort for lists of up to 20 elements.
 */
function insertionSorted(
  list: readonly Json[],
  order: readonly Json[],
  identity: Identity,
): Json[] {
  const sorted: Json[] = [];
  for (const element of list) {
    let at = sorted.length;
    while (at > 0 && goesBefore(element, sorted[at - 1] as Json, order, identity)) {
      at--;
    }
    sorted.splice(at, 0, element);
  }
  return sorted;
}

function isDeletion(element: Json): boolean {
  return isObject(element) && element[PATCH_DIRECTIVE] === "delete";
}

/**
 * Returns the elements in a given order. A deletion that is left over from an element that was
 * only added goes last.
 */
function sortedBy(list: readonly Json[], order: readonly Json[], identity: Identity): Json[] {
  const kept = list.filter((element) => !isDeletion(element));
  return [...insertionSorted(kept, order, identity), ...list.filter(isDeletion)];
}

function goesBefore(left: Json, right: Json, order: readonly Json[], identity: Identity): boolean {
  const leftAt = positionIn(order, left, identity);
  const rightAt = positionIn(order, right, identity);
  return leftAt >= 0 && rightAt >= 0 ? leftAt < rightAt : true;
}

/**
 * Merges elements that only the base has into those that the patch names. An element of the base
 * goes first if the base has it before the patch's next element, so new elements come before the
 * remaining ones of the base.
 */
function interleave(
  baseOnly: readonly Json[],
  patched: readonly Json[],
  baseOrder: readonly Json[],
  identity: Identity,
): Json[] {
  const woven: Json[] = [];
  const waiting = [...baseOnly];
  for (const element of patched) {
    const at = positionIn(baseOrder, element, identity);
    while (waiting.length > 0 && isBefore(waiting[0] as Json, at, baseOrder, identity)) {
      woven.push(waiting.shift() as Json);
    }
    woven.push(element);
  }
  return [...woven, ...waiting];
}

function isBefore(
  element: Json,
  position: number,
  baseOrder: readonly Json[],
  identity: Identity,
): boolean {
  const at = positionIn(baseOrder, element, identity);
  return at >= 0 && position >= 0 && at < position;
}

/**
 * Orders a merged list by `patchOrder` first and by the base second. Source: apimachinery
 * strategicpatch `normalizeElementOrder`.
 *
 * @example
 * arrange(["a", "b", "new"], ["new", "b"], ["a", "b"], (item) => item) // ["new", "a", "b"]
 */
export function arrange(
  merged: readonly Json[],
  patchOrder: readonly Json[],
  baseOrder: readonly Json[],
  identity: Identity,
): Json[] {
  const named = merged.filter((element) => positionIn(patchOrder, element, identity) >= 0);
  const others = merged.filter((element) => positionIn(patchOrder, element, identity) < 0);
  return interleave(
    sortedBy(others, baseOrder, identity),
    sortedBy(named, patchOrder, identity),
    baseOrder,
    identity,
  );
}
