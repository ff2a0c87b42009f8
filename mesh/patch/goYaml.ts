/**
 * YAML as Go's yaml.v2 reads it. Patch values that are a text holding a YAML map need it: `yes`,
 * `on` and `y` are booleans, `010` is 8, dates stay texts, repeated keys are allowed, and only the
 * first document counts. Source: go.yaml.in/yaml/v2 resolve.go and sigs.k8s.io/yaml.
 */

import { defineScalarTag, FAILSAFE_SCHEMA, loadAll, mergeTag, NOT_RESOLVED } from "js-yaml";
import { isObject, type Json, type JsonObject } from "../common/json";

const WORDS = new Map<string, boolean | null>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map(
    (word) => [word, true] as const,
  ),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map(
    (word) => [word, false] as const,
  ),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);

const DECIMAL = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+))$/;
const NOT_FINITE = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;

function prefixedInteger(text: string): number | undefined {
  const [, sign, hex, binary, octal] = INTEGER.exec(text) ?? [];
  const digits = hex ?? binary ?? octal;
  if (digits === undefined) {
    return undefined;
  }
  const value = Number.parseInt(digits, hex ? 16 : binary ? 2 : 8);
  return sign === "-" ? -value : value;
}

/**
 * Returns the value of an unquoted YAML scalar as yaml.v2 resolves it, or `undefined` if the
 * scalar is a plain text.
 *
 * @example
 * resolveScalar("yes") // true
 * resolveScalar("1_000") // 1000
 * resolveScalar("2024-01-01") // undefined
 */
export function resolveScalar(text: string): boolean | number | null | undefined {
  if (WORDS.has(text)) {
    return WORDS.get(text);
  }
  if (NOT_FINITE.test(text)) {
    return Number.NaN;
  }
  const plain = text.startsWith(".") ? text : text.replaceAll("_", "");
  return prefixedInteger(plain) ?? (DECIMAL.test(plain) ? Number(plain) : undefined);
}

const SCALAR_TAGS = ["null", "bool", "int", "float"].map((name, i) =>
  defineScalarTag<boolean | number | null>(`tag:yaml.org,2002:${name}`, {
    implicit: i === 0,
    resolve: (text) => {
      const value = resolveScalar(text);
      return value === undefined ? NOT_RESOLVED : value;
    },
    identify: () => false,
  }),
);

const SCHEMA = FAILSAFE_SCHEMA.withTags(SCALAR_TAGS, mergeTag);

function isJson(value: unknown): value is Json {
  if (Array.isArray(value)) {
    return value.every(isJson);
  }
  if (isObject(value)) {
    return Object.values(value).every(isJson);
  }
  return typeof value === "number" ? Number.isFinite(value) : value !== undefined;
}

function firstDocument(text: string): unknown {
  try {
    return loadAll(text, { schema: SCHEMA, json: true })[0] ?? null;
  } catch {
    return undefined;
  }
}

/**
 * Returns the map that a YAML text holds, or `undefined` if the text holds anything else. A text
 * that holds only comments is an empty map.
 *
 * @example
 * parseYamlMap("a: yes") // { a: true }
 * parseYamlMap("- a") // undefined
 */
export function parseYamlMap(text: string): JsonObject | undefined {
  const value = firstDocument(text);
  if (value === null) {
    return {};
  }
  return isObject(value) && isJson(value) ? value : undefined;
}
