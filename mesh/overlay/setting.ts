import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { splitPath } from "../common/propertyPath";
import type { Setting } from "../model/meshInputs";
import type { Layer } from "./layer";

/**
 * Paths whose values stay strings even if they look like numbers: `--set tag=1.10` must not become
 * 1.1. Source: Istio `operator/pkg/values` (alwaysString).
 */
const ALWAYS_STRING = [
  "spec.values.compatibilityVersion",
  "spec.tag",
  "spec.values.global.tag",
  "spec.meshConfig.defaultConfig.proxyMetadata.",
  "spec.values.meshConfig.defaultConfig.proxyMetadata.",
  "spec.compatibilityVersion",
];

const INTEGER = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
/** Go's strconv.ParseFloat passes over an underscore between two digits. */
const UNDERSCORE = /(?<=\d)_(?=\d)/g;
/**
 * Texts that Go's strconv.ParseBool accepts. `1` and `0` are missing, because they are read as
 * integers first.
 */
const TRUE = ["true", "TRUE", "True", "t", "T"];
const FALSE = ["false", "FALSE", "False", "f", "F"];

function parseScalar(text: string): Json {
  const plain = text.replace(UNDERSCORE, "");
  if ((INTEGER.test(plain) || FLOAT.test(plain)) && Number.isFinite(Number(plain))) {
    return Number(plain);
  }
  if (TRUE.includes(text) || FALSE.includes(text)) {
    return TRUE.includes(text);
  }
  return text.replace(/\\,/g, ",");
}

function settingValue(path: string, text: string): Json {
  const asString = ALWAYS_STRING.some((prefix) => path.startsWith(prefix));
  return asString ? text : parseScalar(text);
}

const SELECTOR = /^\[(?:(?<index>-?\d+)|(?<key>[^:]*):(?<value>.*))\]$/;

class SettingError extends Error {}

function selectIndex(list: readonly Json[], segment: string): number {
  const groups = SELECTOR.exec(segment)?.groups;
  if (groups === undefined) {
    throw new SettingError(`"${segment}" is not a list selector such as [0] or [name:value]`);
  }
  if (groups.index !== undefined) {
    const index = Number(groups.index);
    return index >= 0 && index < list.length ? index : list.length;
  }
  const { key = "", value = "" } = groups;
  const index = list.findIndex((item) => isObject(item) && String(item[key]) === value);
  if (index === -1) {
    throw new SettingError(`no element ${segment}`);
  }
  return index;
}

function setInList(list: Json, segments: readonly string[], value: Json): Json[] {
  const [selector = "", ...rest] = segments;
  const items = Array.isArray(list) ? [...list] : [];
  const index = selectIndex(items, selector);
  const element = items[index];
  items[index] = rest.length === 0 ? value : setIn(isObject(element) ? element : {}, rest, value);
  return items;
}

/** Returns `base` with one path set. Missing maps and list elements on the way are created. */
function setIn(base: JsonObject, segments: readonly string[], value: Json): JsonObject {
  const [key = "", ...rest] = segments;
  const existing = getKey(base, key);
  if (rest.length === 0) {
    return { ...base, [key]: value };
  }
  if (rest[0]?.startsWith("[")) {
    return { ...base, [key]: setInList(existing ?? [], rest, value) };
  }
  return { ...base, [key]: setIn(isObject(existing) ? existing : {}, rest, value) };
}

/**
 * Does what {@link setIn} does, with the path as text. @throws Error if a list selector finds
 * nothing
 */
export function setPath(base: JsonObject, path: string, value: Json): JsonObject {
  return setIn(base, splitPath(path), value);
}

interface ParsedSetting {
  readonly path: string;
  readonly value: Json;
}

function parseSetting(setting: Setting, source: string): ParsedSetting | Problem {
  if (typeof setting !== "string") {
    return { path: `spec.${setting.path}`, value: setting.value };
  }
  const separator = setting.indexOf("=");
  if (separator <= 0) {
    return {
      source,
      path: "",
      value: setting,
      reason: "is not of the form path=value",
      fix: "write it as in --set values.global.hub=example.com/istio",
    };
  }
  const path = `spec.${setting.slice(0, separator).trim()}`;
  return { path, value: settingValue(path, setting.slice(separator + 1).trim()) };
}

function isProblem(parsed: ParsedSetting | Problem): parsed is Problem {
  return "source" in parsed;
}

/** Returns the name of a setting in messages and in the provenance. */
export function settingName(setting: Setting): string {
  return typeof setting === "string" ? setting : `${setting.path}=${JSON.stringify(setting.value)}`;
}

/**
 * Turns `--set`-style settings into layers, in order. List selectors look into `below`, the result
 * of all layers under the settings. If a setting changes a list, its layer holds the whole list,
 * because lists are replaced as a whole.
 *
 * @example
 * settingLayers(["values.pilot.traceSampling=100"], {}).layers[0].document
 * // { spec: { values: { pilot: { traceSampling: 100 } } } }
 * @see Istio `operator/pkg/values` (SetSpecPaths, parseValue)
 */
export function settingLayers(
  settings: readonly Setting[],
  below: JsonObject,
  source = "--set",
): { readonly layers: readonly Layer[]; readonly problems: readonly Problem[] } {
  const layers: Layer[] = [];
  const problems: Problem[] = [];
  let current = below;
  for (const setting of settings) {
    const parsed = parseSetting(setting, source);
    if (isProblem(parsed)) {
      problems.push(parsed);
      continue;
    }
    try {
      current = setPath(current, parsed.path, parsed.value);
      const document = onlyPath(current, splitPath(parsed.path));
      layers.push({ kind: "set", name: settingName(setting), document });
    } catch (error) {
      if (!(error instanceof SettingError)) {
        throw error;
      }
      problems.push({ source, path: parsed.path, value: parsed.value, reason: error.message });
    }
  }
  return { layers, problems };
}

/**
 * Returns the part of `document` that one path reaches. From the first list on, everything is
 * included.
 */
function onlyPath(document: JsonObject, segments: readonly string[]): JsonObject {
  const [key = "", next, ...rest] = segments;
  const value = getKey(document, key) ?? null;
  const descend = next !== undefined && !next.startsWith("[") && isObject(value);
  return { [key]: descend ? onlyPath(value, [next, ...rest]) : value };
}
