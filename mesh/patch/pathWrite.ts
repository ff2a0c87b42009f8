/**
 * Changes one place of an object. Source: istioctl operator/pkg/tpath/tree.go, `WritePathContext`.
 * The odd cases are listed in `pathTree.ts`.
 */
import { getKey, isObject, type Json, type JsonObject, setKey } from "../common/json";
import { parseYamlMap } from "./goYaml";
import { PatchError } from "./patchError";
import type { PatchTree, Step } from "./pathTree";

function checkListWritable(list: Step): void {
  if (!list.listWritable) {
    throw new PatchError(
      "the item is in a list that is not the value of a key",
      "patch the list above it as a whole",
    );
  }
}

/** Deletes the place from its parent. */
export function remove(step: Step): void {
  const above = step.parent;
  if (above === undefined) {
    throw new PatchError("the whole object cannot be deleted", "name a field of it");
  }
  if (Array.isArray(above.node)) {
    removeItem(above, above.node);
  } else {
    delete (above.node as JsonObject)[above.next as string];
  }
}

function removeItem(above: Step, list: Json[]): void {
  checkListWritable(above);
  const position = above.next as number;
  if (position >= list.length) {
    throw new PatchError(
      `the list has ${list.length} items, none is at that position`,
      "delete an item that exists",
    );
  }
  list.splice(position, 1);
}

/**
 * Returns the map that a text holds. Texts with JSON, and texts without a key and a value, stay
 * texts.
 */
function mapInText(value: Json): JsonObject | undefined {
  const separator = typeof value === "string" && value.includes("\n") ? ":" : ": ";
  return typeof value === "string" && value.includes(separator) && !isJsonMap(value)
    ? parseYamlMap(value)
    : undefined;
}

function isJsonMap(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function setInAddedMap(map: JsonObject, key: string, step: Step, value: Json): void {
  if (Array.isArray(step.node) && step.listWritable) {
    setKey(map, key, [...step.node, value]);
  } else {
    setKey(map, key, value);
  }
}

function renameToRoot(map: JsonObject, key: string, value: JsonObject): void {
  delete map[key];
  const [root = ""] = Object.keys(value);
  const inner = getKey(value, root) ?? null;
  if (inner === null) {
    delete map[root];
  } else {
    setKey(map, root, inner);
  }
}

/** Writes to the place itself. Returns whether the places above must be linked afterwards. */
function setHere(tree: PatchTree, above: Step, step: Step, given: Json): boolean {
  const map = mapInText(given);
  const value = tree.addMaps(map ?? given);
  if (Array.isArray(above.node)) {
    checkListWritable(above);
    above.node[above.next as number] = value;
    return true;
  }
  const parent = above.node as JsonObject;
  if (!tree.isAdded(parent)) {
    setKey(parent, above.next as string, value);
  } else if (map !== undefined) {
    renameToRoot(parent, above.next as string, map);
    return false;
  } else {
    setInAddedMap(parent, above.next as string, step, value);
  }
  return true;
}

/**
 * Links the places above a written one, so that those created on the way become part of the
 * object.
 */
function linkUpwards(step: Step): void {
  for (let below = step; below.parent?.parent !== undefined; below = below.parent) {
    const { node, parent } = below.parent;
    link(parent, node);
  }
}

function link(above: Step, node: Json): void {
  if (Array.isArray(above.node)) {
    checkListWritable(above);
    above.node[above.next as number] = node;
  } else {
    setKey(above.node as JsonObject, above.next as string, node);
  }
}

/**
 * Writes a value to a place and replaces what is there. An empty path changes nothing.
 *
 * @example
 * write(tree, locate(tree, parsePath("spec.replicas")), 3)
 */
export function write(tree: PatchTree, step: Step, value: Json): void {
  const above = step.parent;
  if (above !== undefined && setHere(tree, above, step, value)) {
    linkUpwards(step);
  }
}
