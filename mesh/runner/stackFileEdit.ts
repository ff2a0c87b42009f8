import {
  Document,
  isMap,
  isNode,
  isSeq,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { deepEqual, getKey, isObject, type Json, type JsonObject } from "../common/json";

/** A key of a stack's configuration with its values before and after. */
export interface ConfigEdit {
  /** @example "mesh:gateways" */
  readonly key: string;
  /** As the file has it. `undefined` if the file has it not. */
  readonly before: Json | undefined;
  /** `undefined` takes the key out. */
  readonly after: Json | undefined;
}

/** Names by which items of a list are known, the first that an item has. */
function identity(item: Json): string {
  if (!isObject(item)) {
    return JSON.stringify(item);
  }
  const { namespace, name, revision } = item;
  return name === undefined ? `revision ${revision}` : `name ${namespace}/${name}`;
}

interface Change {
  readonly document: Document;
  readonly before: Json | undefined;
  readonly after: Json;
}

/** Returns the node of the new value. As much of the old node as is the same is kept, with its comments. */
function changed(node: unknown, { document, before, after }: Change): unknown {
  if (deepEqual(before, after)) {
    return node;
  }
  if (isMap(node) && node.items.length === 1 && node.has("secure")) {
    throw new Error("an encrypted value changes; set it with pulumi config set --secret");
  }
  if (isMap(node) && isObject(before) && isObject(after)) {
    return changedMap(node, { document, before, after });
  }
  return isSeq(node) && Array.isArray(before) && Array.isArray(after)
    ? changedList(node, { document, before, after })
    : document.createNode(after, { flow: isInFlow(node) });
}

function isInFlow(node: unknown): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true;
}

function changedMap(
  node: YAMLMap,
  { document, before, after }: { document: Document; before: JsonObject; after: JsonObject },
): YAMLMap {
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) {
      node.delete(key);
    }
  }
  for (const [key, value] of Object.entries(after)) {
    const own = getKey(before, key);
    if (!deepEqual(own, value)) {
      node.set(key, changed(node.get(key, true), { document, before: own, after: value }));
    }
  }
  return node;
}

function changedList(
  node: YAMLSeq,
  { document, before, after }: { document: Document; before: Json[]; after: Json[] },
): YAMLSeq {
  const old = [...node.items] as Node[];
  const free = new Set(before.map((_, index) => index));
  const isSameLength = before.length === after.length;
  node.items = after.map((value, position) => {
    const same = [...free].find((index) => identity(before[index] as Json) === identity(value));
    const index = same ?? (isSameLength && free.has(position) ? position : undefined);
    if (index === undefined) {
      return document.createNode(value, { flow: isInFlow(old[0]) });
    }
    free.delete(index);
    return changed(old[index], { document, before: before[index], after: value });
  });
  return node;
}

/** The lines of one key of the configuration, with the first and without the last. */
interface Lines {
  readonly from: number;
  readonly to: number;
}

const isBeside = (line: string) => /^\s*(#.*)?$/.test(line);

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length - 1;
}

/** Comments and empty lines before the next key belong to that one. */
function withoutRest(lines: readonly string[], { from, to }: Lines): Lines {
  let end = to;
  while (end > from + 1 && isBeside(lines[end - 1] ?? "")) {
    end -= 1;
  }
  return { from, to: end };
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** Returns the line after a map: that of the next key of the file, or the end. */
function endLine(document: Document, text: string): number {
  const pairs = isMap(document.contents) ? document.contents.items : [];
  const place = pairs.findIndex(({ key }) => String(key) === CONFIG);
  const next = pairs[place + 1];
  return next === undefined ? text.split("\n").length : lineOf(text, startOf(next.key));
}

function linesOf(config: YAMLMap, key: string, text: string, end: number): Lines | undefined {
  const place = config.items.findIndex((pair) => String(pair.key) === key);
  const [own, next] = [config.items[place], config.items[place + 1]];
  if (own === undefined) {
    return undefined;
  }
  const from = lineOf(text, startOf(own.key));
  const to = next === undefined ? end : lineOf(text, startOf(next.key));
  return withoutRest(text.split("\n"), { from, to });
}

/** Returns the lines of a key with its value, as far to the right as its neighbours are. */
function written(key: string, value: unknown, indent: string): string[] {
  const document = new Document({});
  document.set(key, value);
  const lines = document.toString({ lineWidth: 0 }).trimEnd().split("\n");
  return lines.map((line) => (line === "" ? line : `${indent}${line}`));
}

const CONFIG = "config";
const INDENT = "  ";

/** A file without a configuration that has lines of its own. */
function withConfig(text: string): string {
  const config = parseDocument(text).get(CONFIG, true);
  const isThere = isMap(config) && config.flow !== true && config.items.length > 0;
  if (isThere) {
    return text;
  }
  const document = parseDocument(text);
  const old: unknown = isMap(config) ? config.toJSON() : {};
  document.set(CONFIG, document.createNode({ ...(old as object), [PLACEHOLDER]: 0 }));
  return document.toString({ lineWidth: 0 });
}

/** Stands in a configuration that has no key yet. */
const PLACEHOLDER = "mesh:placeholder";

function editedOnce(text: string, { key, before, after }: ConfigEdit): string {
  const document = parseDocument(text);
  const config = document.get(CONFIG, true) as YAMLMap;
  const lines = text.split("\n");
  const end = endLine(document, text);
  const own = linesOf(config, key, text, end);
  const first = config.items[0];
  const line = lines[lineOf(text, startOf(first?.key))] ?? "";
  const indent = /^\s*/.exec(line)?.[0] ?? INDENT;
  const value =
    after === undefined ? undefined : changed(config.get(key, true), { document, before, after });
  const place = own ?? withoutRest(lines, { from: 0, to: end });
  const fresh = value === undefined ? [] : written(key, value, indent);
  const from = own === undefined ? place.to : place.from;
  return [...lines.slice(0, from), ...fresh, ...lines.slice(place.to)].join("\n");
}

/**
 * Returns the text of a stack's file with other values of its configuration. Keys that do not change
 * stay as they are written, and comments stay.
 *
 * @param text of `Pulumi.STACK.yaml`; empty if there is none
 * @throws Error if an encrypted value would change
 * @example
 * editedStackFile("config:\n  # for all\n  mesh:version: 1.30.4\n", [{ key: "mesh:version", before: "1.30.4", after: "1.31.0" }])
 * // "config:\n  # for all\n  mesh:version: 1.31.0\n"
 */
export function editedStackFile(text: string, edits: readonly ConfigEdit[]): string {
  const begin = withConfig(text);
  const all = [...edits, { key: PLACEHOLDER, before: undefined, after: undefined }];
  const result = all.reduce(editedOnce, begin);
  return result.endsWith("\n") ? result : `${result}\n`;
}
