/**
 * Finds one place of an object. Source: istioctl operator/pkg/tpath/tree.go.
 *
 * istioctl reads an object into maps of one Go type. Maps that patches bring, and maps that appear
 * where a list or a null is extended, have another type, and istioctl treats the two differently.
 * `PatchTree.added` therefore records the latter. These oddities are kept, because they show in
 * the output:
 * - Missing keys on the way are created, also for a deletion: deleting `a.b.c` where `a` is empty
 *   leaves `a: { b: {} }`.
 * - A missing list of the object becomes a map whose key is the selector: `ports.[0]` on an object
 *   without ports yields `ports: { "[0]": ... }`. In an added map, `[N]` creates a list.
 * - `[N]` past the end appends one item, whatever N is.
 * - `[key:<nil>]` selects an object that lacks the key.
 * - A value for a list of an added map is appended to the list instead of replacing it.
 * - A text that holds a YAML map becomes that map. In an added map, it replaces the key by the
 *   root key of the text (the first one; Go picks any), and a root without a value deletes that
 *   key.
 * - Values are written before problems further up are seen, and they stay.
 */
import { getKey, isObject, type Json, type JsonObject, setKey } from "../common/json";
import { goMatch, goText } from "./goText";
import { PatchError } from "./patchError";
import type { PathElement } from "./path";

/** One place on a path, linked to the place above it. */
export interface Step {
  readonly parent?: Step;
  node: Json;
  /** The key or position of the next place, below `node`. */
  next?: string | number;
  /**
   * False for a list that is not the value of a key. istioctl cannot write to the items of such a
   * list.
   */
  listWritable: boolean;
}

/** An object that is being patched. */
export class PatchTree {
  private readonly added = new WeakSet<JsonObject>();

  constructor(readonly root: JsonObject) {}

  isAdded(node: JsonObject): boolean {
    return this.added.has(node);
  }

  newMap(): JsonObject {
    return this.addMaps({});
  }

  /** Registers every map in a value that a patch brings. */
  addMaps<T extends Json>(value: T): T {
    if (isObject(value)) {
      this.added.add(value);
    }
    for (const item of typeof value === "object" && value !== null ? Object.values(value) : []) {
      this.addMaps(item);
    }
    return value;
  }
}

function stepIntoMap(
  tree: PatchTree,
  step: Step,
  map: JsonObject,
  element: PathElement,
  following: PathElement | undefined,
): Step {
  let node = getKey(map, element.text);
  if (node === undefined) {
    node = missingValue(tree, map, following);
    setKey(map, element.text, node);
  }
  step.next = element.text;
  return { parent: step, node, listWritable: Array.isArray(node) };
}

function missingValue(tree: PatchTree, map: JsonObject, following: PathElement | undefined): Json {
  if (!tree.isAdded(map)) {
    return {};
  }
  return following?.index === undefined ? tree.newMap() : [];
}

function stepToItem(step: Step, position: number, node: Json): Step {
  step.next = position;
  return { parent: step, node, listWritable: false };
}

function isSelected(item: Json, element: PathElement): boolean {
  if (isObject(item)) {
    const { key, value } = element.keyValue ?? wrongSelector(element, "[key:value]");
    return goText(getKey(item, key) ?? null) === value;
  }
  return goMatch(element.pattern ?? wrongSelector(element, "[:value]"), goText(item));
}

function wrongSelector(element: PathElement, form: string): never {
  throw new PatchError(
    `"${element.text}" does not select an item of this list`,
    `write ${form}, or [N] for a position; escape dots inside the brackets as \\.`,
  );
}

function stepIntoList(tree: PatchTree, step: Step, list: Json[], element: PathElement): Step {
  const { index } = element;
  if (index !== undefined) {
    const item = index < 0 ? undefined : list[index];
    return item === undefined
      ? stepToItem(step, list.length, tree.newMap())
      : stepToItem(step, index, item);
  }
  const position = list.findIndex((item) => isSelected(item, element));
  if (position === -1) {
    throw new PatchError(
      `no list item matches "${element.text}"`,
      `the list has ${list.length} items; select one that exists, or append with [-1]`,
    );
  }
  return stepToItem(step, position, list[position] as Json);
}

/**
 * Returns the collection that a null on the path is treated as. It replaces the null only if
 * something is written.
 */
function extendNull(tree: PatchTree, step: Step, element: PathElement): void {
  const selects = element.index !== undefined || element.keyValue !== undefined;
  step.node = selects ? [] : tree.newMap();
}

function stepInto(
  tree: PatchTree,
  step: Step,
  element: PathElement,
  following: PathElement | undefined,
): Step {
  if (step.node === null) {
    extendNull(tree, step, element);
  }
  const { node } = step;
  if (Array.isArray(node)) {
    return stepIntoList(tree, step, node, element);
  }
  if (isObject(node)) {
    return stepIntoMap(tree, step, node, element, following);
  }
  throw new PatchError(
    `"${element.text}" is below a ${typeof node}, which has no fields`,
    "end the path at the value above it",
  );
}

/**
 * Returns the place that a path names. Keys that are missing on the way are created.
 *
 * @example
 * locate(new PatchTree(deployment), parsePath("spec.replicas")).node // 1
 */
export function locate(tree: PatchTree, path: readonly PathElement[]): Step {
  let step: Step = { node: tree.root, listWritable: false };
  path.forEach((element, i) => {
    step = stepInto(tree, step, element, path[i + 1]);
  });
  return step;
}
