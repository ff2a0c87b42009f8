import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import { SCALAR_TYPES } from "./scalarTypes";
import type { SchemaFinding } from "./schemaFinding";
import { type TypeTable, typeTable } from "./typeTable";

type Segments = readonly (string | number)[];

/** A boolean or a number that is written in quotes, so that YAML reads it as a text. */
export interface QuotedScalar {
  readonly segments: Segments;
  readonly text: string;
  /** What is meant. */
  readonly value: boolean | number;
  /**
   * Whether it stays a text: istioctl takes the text for the number here and hands it to the charts,
   * which print both alike, except in the ConfigMaps that hold the values.
   */
  readonly kept: boolean;
}

/** Maps whose values are texts whatever their keys are called. */
const MAPS_OF_TEXTS = [
  "annotations",
  "labels",
  "label",
  "podAnnotations",
  "podLabels",
  "serviceAnnotations",
  "nodeSelector",
  "matchLabels",
  "proxyMetadata",
];

/** A type of the table, `bool`, or nothing where the table says nothing. */
type TypeName = string | undefined;

/**
 * What becomes of a text where the field takes a number as text too:
 *
 * - `read`: it is read as the number
 * - `keep`: it stays a text, and is found
 * - `ignore`: it stays a text, and is not found
 */
type NumberTexts = "read" | "keep" | "ignore";

interface Place {
  readonly table: TypeTable;
  readonly numberTexts: NumberTexts;
}

const BOOLEAN = /^(true|false)$/i;

function asBoolean(text: string): boolean | undefined {
  return BOOLEAN.test(text) ? text.toLowerCase() === "true" : undefined;
}

/** Templates write a number from here on with an exponent, so that a text would look different. */
const FIRST_WITH_EXPONENT = 1e6;

/** A number is meant only where it is written as one prints it: neither `007` nor `1.10`. */
function asNumber(text: string, type: string): number | undefined {
  const number = Number(text);
  const same = String(number) === text && (number === 0 || Math.abs(number) < FIRST_WITH_EXPONENT);
  return same && SCALAR_TYPES[type]?.takes(number) ? number : undefined;
}

const NUMBER = /^(u?int(32|64)|double)(OrText)?$/;

type Meaning = Pick<QuotedScalar, "value" | "kept">;

/** What a text at a field of this type means, where it is a quoted boolean or number. */
function meaning(
  text: string,
  key: string | number,
  type: TypeName,
  { numberTexts }: Place,
): Meaning | undefined {
  if (type === "bool" || (key === "enabled" && (type === undefined || type === "any"))) {
    const value = asBoolean(text);
    return value === undefined ? undefined : { value, kept: false };
  }
  const [name, , , orText] = NUMBER.exec(type ?? "") ?? [];
  const isTaken = orText !== undefined;
  if (name === undefined || (isTaken && numberTexts === "ignore")) {
    return undefined;
  }
  const value = asNumber(text, name);
  return value === undefined ? undefined : { value, kept: isTaken && numberTexts === "keep" };
}

const GENERIC = /^(?:list|map)<(.*)>$/;

/** The type of what lies at a key, or of the items of a list or a map. */
function typeBelow(type: TypeName, key: string, { types }: TypeTable): TypeName {
  const item = GENERIC.exec(type ?? "")?.[1];
  const fields = type === undefined ? undefined : types[type];
  return item ?? (fields !== undefined && Object.hasOwn(fields, key) ? fields[key] : undefined);
}

function find(value: Json, segments: Segments, type: TypeName, place: Place): QuotedScalar[] {
  if (Array.isArray(value)) {
    const item = GENERIC.exec(type ?? "")?.[1];
    return value.flatMap((child, index) => find(child, [...segments, index], item, place));
  }
  if (isObject(value)) {
    return Object.entries(value)
      .filter(([key]) => !MAPS_OF_TEXTS.includes(key))
      .flatMap(([key, child]) =>
        find(child, [...segments, key], typeBelow(type, key, place.table), place),
      );
  }
  const key = segments.at(-1) ?? "";
  const meant = typeof value === "string" ? meaning(value, key, type, place) : undefined;
  return meant === undefined ? [] : [{ segments, text: String(value), ...meant }];
}

/** The type of a field of the spec; `defaultRevision` is a field of this package. */
function specType(field: string, { roots, types }: TypeTable): TypeName {
  const fields = types[types[roots.operator]?.spec ?? ""] ?? {};
  return field === "defaultRevision" ? "bool" : fields[field];
}

function findInValues(values: Json, segments: Segments, table: TypeTable): QuotedScalar[] {
  const inCharts: Place = { table, numberTexts: "keep" };
  if (!isObject(values)) {
    return [];
  }
  const { meshConfig = null, ...others } = values;
  return [
    ...find(others, segments, table.roots.values, inCharts),
    ...findInMeshConfig(meshConfig, [...segments, "meshConfig"], table),
  ];
}

/** Messages of the mesh configuration take numbers as texts, which mean the same there. */
function findInMeshConfig(config: Json, segments: Segments, table: TypeTable): QuotedScalar[] {
  return find(config, segments, table.roots.meshConfig, { table, numberTexts: "ignore" });
}

/**
 * The booleans and numbers of an IstioOperator that are written in quotes: texts in fields that, by the
 * types of the version's own istioctl, hold a boolean or a number. A field named `enabled` counts also
 * where no type is known.
 *
 * @param version Istio's @default the newest that is known
 * @example
 * findQuoted({ spec: { values: { pilot: { autoscaleEnabled: "true" } } } })
 * // [{ segments: ["spec", "values", "pilot", "autoscaleEnabled"], text: "true", value: true, kept: false }]
 */
export function findQuoted(document: JsonObject, version = ""): QuotedScalar[] {
  const table = typeTable(version);
  const spec = getKey(document, "spec");
  if (!isObject(spec)) {
    return [];
  }
  return Object.entries(spec).flatMap(([field, value]) => {
    const segments = ["spec", field];
    switch (field) {
      case "values":
      case "unvalidatedValues":
        return findInValues(value, segments, table);
      case "meshConfig":
        return findInMeshConfig(value, segments, table);
      default:
        return find(value, segments, specType(field, table), { table, numberTexts: "read" });
    }
  });
}

function withValue(at: Json, [key, ...rest]: Segments, value: Json): Json {
  if (key === undefined) {
    return value;
  }
  if (Array.isArray(at)) {
    return at.map((item, index) => (index === key ? withValue(item, rest, value) : item));
  }
  return isObject(at)
    ? Object.fromEntries(
        Object.entries(at).map(([name, child]) => [
          name,
          name === key ? withValue(child, rest, value) : child,
        ]),
      )
    : at;
}

/** A document with quoted booleans and numbers as istioctl or people mean them, and a warning for each. */
export function readQuoted(
  document: JsonObject,
  version?: string,
): { readonly document: JsonObject; readonly warnings: readonly SchemaFinding[] } {
  const quoted = findQuoted(document, version);
  return {
    document: quoted
      .filter(({ kept }) => !kept)
      .reduce<Json>(
        (at, { segments, value }) => withValue(at, segments, value),
        document,
      ) as JsonObject,
    warnings: quoted.map(({ segments, text, value }) => {
      const type = typeof value;
      return {
        segments,
        value: text,
        reason: `is a quoted ${type}, read as a ${type}`,
        fix: `write ${value} without quotes`,
      };
    }),
  };
}
