/** Changes a YAML document. Comments stay in place or move with their fields. */

import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from "yaml";
import { deepEqual, type Json } from "../common/json";
import {
  addBefore,
  isNodeLike,
  joined,
  newPair,
  pairIn,
  pairKeyOf,
  type YamlMap,
  type YamlSeq,
} from "./yamlMap";

const SELECTOR = /^\[(?:(?<index>\d+)|(?<key>[^:]+):(?<value>.*))\]$/;

/** A removed field, and its comments. */
export interface Taken {
  readonly value: unknown;
  /** The comments above it, and above maps that its removal has emptied. */
  readonly above: string | undefined;
}

function takeFromMap(map: YamlMap, segments: readonly string[]): Taken | undefined {
  const [key = "", ...rest] = segments;
  const pair = pairIn(map, key);
  if (pair === undefined) {
    return undefined;
  }
  const above = isNodeLike(pair.key) ? pair.key.commentBefore : undefined;
  if (rest.length === 0) {
    map.items.splice(map.items.indexOf(pair), 1);
    return { value: pair.value, above: above ?? undefined };
  }
  if (!isMap(pair.value)) {
    return undefined;
  }
  const below = pair.value;
  const taken = takeFromMap(below, rest);
  if (taken === undefined || below.items.length > 0) {
    return taken;
  }
  map.items.splice(map.items.indexOf(pair), 1);
  return {
    value: taken.value,
    above: joined([above, below.commentBefore, taken.above, below.comment]),
  };
}

/**
 * Removes a field, and the maps that this empties. Returns `undefined` if the field does not
 * exist.
 */
export function take(document: Document, segments: readonly string[]): Taken | undefined {
  return isMap(document.contents) ? takeFromMap(document.contents, segments) : undefined;
}

function elementOf(list: YamlSeq, selector: string): YamlMap | undefined {
  const { index, key = "", value = "" } = SELECTOR.exec(selector)?.groups ?? {};
  if (index !== undefined) {
    const item = list.items[Number(index)];
    return isMap(item) ? item : undefined;
  }
  const found = list.items.find((item) => isMap(item) && String(item.get(key)) === value);
  if (isMap(found)) {
    return found;
  }
  const made = new YAMLMap();
  made.set(new Scalar(key), new Scalar(value));
  list.items.push(made);
  return made;
}

/**
 * Returns the collection at a key and creates it if nothing is there. Returns `undefined` if
 * something else is there.
 */
function descend(map: YamlMap, key: string, next: string): YamlMap | undefined {
  const wantsList = next.startsWith("[");
  const pair = pairIn(map, key);
  const isEmpty = pair === undefined || pair.value === null || isNull(pair.value);
  if (isEmpty) {
    const made = wantsList ? new YAMLSeq() : new YAMLMap();
    if (pair === undefined) {
      newPair(map, key, made);
    } else {
      pair.value = made;
    }
  }
  const value = pairIn(map, key)?.value;
  if (wantsList) {
    return isSeq(value) ? elementOf(value, next) : undefined;
  }
  return isMap(value) ? value : undefined;
}

function isNull(value: unknown): boolean {
  return isScalar(value) && value.value === null;
}

/** Copies the keys of `from` that `into` lacks. Existing keys are not changed. */
function mergeMaps(into: YamlMap, from: YamlMap): boolean {
  let complete = true;
  for (const pair of from.items) {
    const existing = pairIn(into, pairKeyOf(pair));
    if (existing === undefined) {
      into.items.push(pair);
    } else if (isMap(existing.value) && isMap(pair.value)) {
      complete = mergeMaps(existing.value, pair.value) && complete;
    } else {
      complete = false;
    }
  }
  return complete;
}

function replaceValue(pair: Pair<unknown, unknown>, taken: Taken): Put {
  const [old, next] = [pair.value, taken.value];
  if (isScalar(old) && isScalar(next)) {
    next.comment = joined([old.comment, next.comment]) ?? null;
    next.commentBefore = joined([old.commentBefore, next.commentBefore]) ?? null;
  }
  pair.value = next;
  addBefore(pair, taken.above);
  return "put";
}

/**
 * Whether a field was written, kept because something else was there, or blocked because there was
 * no place for it.
 */
export type Put = "put" | "kept" | "blocked";

/** Returns whether two nodes hold the same data, whatever their form and comments. */
function isSame(document: Document, left: unknown, right: unknown): boolean {
  const data = (value: unknown) => (isNode(value) ? (value.toJS(document) as Json) : null);
  return deepEqual(data(left), data(right));
}

function putValue(
  document: Document,
  map: YamlMap,
  key: string,
  taken: Taken,
  force: boolean,
): Put {
  const existing = pairIn(map, key);
  if (existing === undefined) {
    addBefore(newPair(map, key, taken.value), taken.above);
    return "put";
  }
  if (force || isSame(document, existing.value, taken.value)) {
    return replaceValue(existing, taken);
  }
  addBefore(existing, taken.above);
  return isMap(existing.value) && isMap(taken.value) && mergeMaps(existing.value, taken.value)
    ? "put"
    : "kept";
}

function putElement(map: YamlMap, taken: Taken): Put {
  if (!isMap(taken.value)) {
    return "blocked";
  }
  const first = taken.value.items[0];
  if (first !== undefined) {
    addBefore(first, joined([taken.above, taken.value.commentBefore]));
  }
  return mergeMaps(map, taken.value) ? "put" : "kept";
}

/**
 * Writes a field, and creates the maps and list elements on the way. Does not overwrite an
 * existing value unless `force` is set.
 *
 * @param segments the path from the root; `[name:x]` is the element of a list and is created if it is missing
 */
export function put(
  document: Document,
  segments: readonly string[],
  taken: Taken,
  force = false,
): Put {
  let map: unknown = document.contents;
  for (let index = 0; index < segments.length && isMap(map); index++) {
    const [key = "", next] = segments.slice(index, index + 2);
    if (next === undefined) {
      return putValue(document, map, key, taken, force);
    }
    map = descend(map, key, next);
    if (next.startsWith("[")) {
      index++;
      if (index === segments.length - 1 && isMap(map)) {
        return putElement(map, taken);
      }
    }
  }
  return "blocked";
}

/** Returns a plain value in the form that `put` accepts. */
export function asTaken(document: Document, value: Json, above?: string): Taken {
  return { value: document.createNode(value), above };
}
