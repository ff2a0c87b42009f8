import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import { buildOf } from "../model/versions";
import { unknownFieldFix } from "./fieldPlaces";
import { SCALAR_TYPES } from "./scalarTypes";
import { type TypeTable, typeTable } from "./typeTable";

type Segments = readonly (string | number)[];

/** A field that the version's own istioctl would refuse. */
export interface TypeFinding {
  readonly segments: Segments;
  readonly value?: Json;
  readonly reason: string;
  readonly allowed?: string;
  readonly fix?: string;
}

export const UNKNOWN_FIELD = "unknown field";
export const WRONG_TYPE = "has the wrong type";

/** A longer list of names would not help. */
const MAX_LISTED = 30;

type Check = (value: Json, segments: Segments) => readonly TypeFinding[];

function wrongType(segments: Segments, value: Json, allowed: string): TypeFinding[] {
  return [{ segments, value, reason: WRONG_TYPE, allowed }];
}

function unknownField(segments: Segments, known: readonly string[], table: TypeTable): TypeFinding {
  const fix = unknownFieldFix(segments, known, table);
  const listed = fix === undefined && known.length <= MAX_LISTED;
  return {
    segments,
    reason: UNKNOWN_FIELD,
    ...(listed && { allowed: known.join(", ") }),
    ...(fix !== undefined && { fix }),
  };
}

function checkFields(
  fields: Readonly<Record<string, string>>,
  value: JsonObject,
  segments: Segments,
  table: TypeTable,
): TypeFinding[] {
  return Object.entries(value).flatMap(([key, child]) => {
    const path = [...segments, key];
    const type = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return type === undefined
      ? [unknownField(path, Object.keys(fields), table)]
      : checkType(type, child, path, table);
  });
}

const GENERIC = /^(list|map)<(.*)>$/;

function checkItems(kind: string, value: Json, segments: Segments, check: Check): TypeFinding[] {
  if (kind === "list") {
    return Array.isArray(value)
      ? value.flatMap((item, index) => check(item, [...segments, index]))
      : wrongType(segments, value, "a list");
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([key, item]) => check(item, [...segments, key]))
    : wrongType(segments, value, "a map");
}

/** An enum value is a name or a number. */
function checkEnum(names: readonly string[], value: Json, segments: Segments): TypeFinding[] {
  const known = typeof value === "number" || names.includes(String(value));
  return known ? [] : [{ segments, value, reason: "is unknown", allowed: names.join(", ") }];
}

function checkNamed(type: string, value: Json, segments: Segments, table: TypeTable) {
  const fields = table.types[type];
  if (fields === undefined) {
    throw new Error(`the type table has no type ${type}`);
  }
  return isObject(value)
    ? checkFields(fields, value, segments, table)
    : wrongType(segments, value, "a map");
}

/**
 * Returns everything that does not fit a type of the table. Null means "not set" and fits every
 * type, as does a key of a program's object with the value `undefined`.
 */
export function checkType(
  type: string,
  value: Json,
  segments: Segments,
  table: TypeTable,
): TypeFinding[] {
  if (value === null || value === undefined) {
    return [];
  }
  const scalar = SCALAR_TYPES[type];
  if (scalar !== undefined) {
    return scalar.takes(value) ? [] : wrongType(segments, value, scalar.allowed);
  }
  const [, kind, item] = GENERIC.exec(type) ?? [];
  if (kind !== undefined && item !== undefined) {
    return checkItems(kind, value, segments, (child, path) => checkType(item, child, path, table));
  }
  const names = table.enums[type];
  return names === undefined
    ? checkNamed(type, value, segments, table)
    : checkEnum(names, value, segments);
}

/** Errors stop an update. Warnings are for fields that istioctl ignores silently. */
export interface TypeFindings {
  readonly errors: readonly TypeFinding[];
  readonly warnings: readonly TypeFinding[];
}

const isUnknown = ({ reason }: TypeFinding) => reason === UNKNOWN_FIELD;

/** istiod and istioctl ignore unknown fields of the mesh configuration. */
function meshConfigFindings(found: readonly TypeFinding[]): TypeFindings {
  return {
    errors: found.filter((finding) => !isUnknown(finding)),
    warnings: found
      .filter(isUnknown)
      .map((finding) => ({ ...finding, reason: "unknown field, which istiod ignores" })),
  };
}

/** Returns a spec without the parts that have separate types, or no types. */
function withoutOpenParts(spec: JsonObject, known: Readonly<Record<string, string>>): JsonObject {
  const open = ["values", "meshConfig", "unvalidatedValues"];
  return Object.fromEntries(
    Object.entries(spec).filter(([key]) => !open.includes(key) && Object.hasOwn(known, key)),
  );
}

/**
 * Returns what the istioctl of a version would refuse in an IstioOperator document: unknown fields
 * and wrong types in `components`, `values` and `meshConfig`.
 *
 * {@link checkOverlay} checks the fields around them, because it knows the fields of this package.
 *
 * @example
 * checkTypes({ spec: { values: { global: { proxy: { enableCoreDumps: true } } } } }, "1.31.0").errors
 * // [{ segments: ["spec", "values", …], reason: "unknown field", fix: 'did you mean "enableCoreDump"?' }]
 */
export function checkTypes(document: JsonObject, version: string): TypeFindings {
  const spec = getKey(document, "spec");
  if (!isObject(spec)) {
    return { errors: [], warnings: [] };
  }
  const table = typeTable(version);
  const specFields = table.types[table.types[table.roots.operator]?.spec ?? ""] ?? {};
  const at = (key: string) => getKey(spec, key) ?? null;
  const meshConfig = meshConfigFindings([
    ...checkType(table.roots.meshConfig, at("meshConfig"), ["spec", "meshConfig"], table),
    ...checkType(
      table.roots.meshConfig,
      inner(at("values")),
      ["spec", "values", "meshConfig"],
      table,
    ),
  ]);
  const own = [
    ...checkFields(specFields, withoutOpenParts(spec, specFields), ["spec"], table),
    ...checkType(table.roots.values, at("values"), ["spec", "values"], table),
  ];
  // Another build of Istio may have fields that the table of Istio's own build does not contain.
  const passedOver = buildOf(version) === undefined ? [] : own.filter(isUnknown);
  return {
    errors: [...own.filter((finding) => !passedOver.includes(finding)), ...meshConfig.errors],
    warnings: [...passedOver, ...meshConfig.warnings],
  };
}

function inner(values: Json): Json {
  return isObject(values) ? (getKey(values, "meshConfig") ?? null) : null;
}
