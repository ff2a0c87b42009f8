import { getKey, isObject, type Json } from "../common/json";
import { PatchError } from "./patchError";
import { PATCH_DIRECTIVE, withoutDirectives } from "./strategicDirectives";
import { elementIdentityOf, elementType, type ListMerge, mergeKeyOf } from "./strategicLists";
import { arrange } from "./strategicOrder";

function directiveOf(element: Json): Json | undefined {
  return isObject(element) ? getKey(element, PATCH_DIRECTIVE) : undefined;
}

/** Returns how many of the elements appear in the given order, in their own sequence. */
function elementsInOrder(
  elements: readonly Json[],
  order: readonly Json[],
  how: ListMerge,
): number {
  const identity = elementIdentityOf(how.mergeKey);
  let met = 0;
  let at = 0;
  while (met < elements.length && at < order.length) {
    const element = elements[met] as Json;
    const isDirective = directiveOf(element) !== undefined;
    met += isDirective || identity(element) === identity(order[at] as Json) ? 1 : 0;
    at += isDirective ? 0 : 1;
  }
  return met;
}

/** Throws unless the patch's elements follow the given order. */
function checkOrder(patch: readonly Json[], order: readonly Json[], how: ListMerge): void {
  const elements = patch.filter((element) => directiveOf(element) !== "delete");
  if (order.length > 0 && elementsInOrder(elements, order, how) < elements.length) {
    throw new PatchError(
      "the list's items are not in the sequence $setElementOrder gives",
      "list every item of the patch in $setElementOrder, in the same sequence",
    );
  }
}

function checkMergeKeys(list: readonly Json[], mergeKey: string | undefined): void {
  for (const element of mergeKey === undefined ? [] : list) {
    mergeKeyOf(element, mergeKey as string);
  }
}

function asList(value: Json | undefined): readonly Json[] {
  if (value !== undefined && !Array.isArray(value)) {
    throw new PatchError("$setElementOrder is about something that is not a list", "remove it");
  }
  return value ?? [];
}

/** One list, its patch, and the order that the patch asks for. */
export interface OrderedPatch {
  readonly base: Json | undefined;
  readonly patch: Json | undefined;
  readonly order: Json;
}

/**
 * Returns the list in the order that `$setElementOrder/<field>` asks for, or `undefined` if
 * neither side has the field. Source: apimachinery strategicpatch `mergePatchIntoOriginal`.
 *
 * @example
 * orderList({ base: ["a", "b"], patch: undefined, order: ["b", "a"] }, how, merge) // ["b", "a"]
 */
export function orderList(
  lists: OrderedPatch,
  how: ListMerge,
  merge: (base: Json[], patch: Json[]) => Json[],
): Json[] | undefined {
  const order = asList(lists.order);
  const base = asList(lists.base);
  const patch = asList(lists.patch);
  checkOrder(patch, order, how);
  if (lists.base === undefined && lists.patch === undefined) {
    return undefined;
  }
  const merged = mergedList(lists, merge);
  checkMergeKeys(
    [...merged, ...order],
    elementType([...base, ...patch]) === "object" ? how.mergeKey : undefined,
  );
  return arrange(merged, order, base, elementIdentityOf(how.mergeKey));
}

function mergedList(
  { base, patch }: OrderedPatch,
  merge: (base: Json[], patch: Json[]) => Json[],
): Json[] {
  if (patch === undefined) {
    return base as Json[];
  }
  return base === undefined
    ? (withoutDirectives(patch) as Json[])
    : merge(base as Json[], patch as Json[]);
}
