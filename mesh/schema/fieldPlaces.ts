import { distance } from "fastest-levenshtein";
import { didYouMean, nearest } from "../common/suggest";
import type { TypeTable } from "./typeTable";

type Segments = readonly (string | number)[];

/** A field that an IstioOperator has: keys from the root of the CR, `[]` for the items of a list. */
type FieldPath = readonly string[];

const GENERIC = /^(list|map)<(.*)>$/;

/** Kubernetes' own types. Of these, only what stands directly in a setting is looked through. */
const OF_KUBERNETES = /^[a-z]+\/v\d/;

/** Two spellings of one name: `proxy_init` and `proxyInit`. */
const spelling = (name: string) => name.replace(/[_-]/g, "").toLowerCase();

/** Messages take each field in snake case too, which nobody writes. */
function isSecondSpelling(key: string, fields: readonly string[]): boolean {
  return key.includes("_") && fields.some((one) => one !== key && spelling(one) === spelling(key));
}

/** No field of Istio's own lies deeper. */
const MAX_DEPTH = 9;

function pathsBelow(
  path: FieldPath,
  type: string,
  table: TypeTable,
  within: readonly string[],
): FieldPath[] {
  const [, kind, item] = GENERIC.exec(type) ?? [];
  if (kind === "list" && item !== undefined) {
    return pathsBelow([...path, "[]"], item, table, within);
  }
  const fields = table.types[type];
  const isInKubernetes = within.some((name) => OF_KUBERNETES.test(name));
  if (fields === undefined || within.includes(type) || isInKubernetes || path.length > MAX_DEPTH) {
    return [];
  }
  return Object.entries(fields)
    .filter(([key]) => !isSecondSpelling(key, Object.keys(fields)))
    .flatMap(([key, child]) => [
      [...path, key],
      ...pathsBelow([...path, key], child, table, [...within, type]),
    ]);
}

const PATHS = new WeakMap<TypeTable, readonly FieldPath[]>();

/** Every field of an IstioOperator's spec, by the types of an Istio version. */
export function fieldPaths(table: TypeTable): readonly FieldPath[] {
  const known = PATHS.get(table);
  if (known !== undefined) {
    return known;
  }
  const { operator, values, meshConfig } = table.roots;
  const spec = table.types[operator]?.spec ?? "";
  const paths = [
    ...pathsBelow(["spec"], spec, table, []),
    ...pathsBelow(["spec", "values"], values, table, []),
    ...pathsBelow(["spec", "meshConfig"], meshConfig, table, []),
  ];
  PATHS.set(table, paths);
  return paths;
}

const textOf = (path: FieldPath) => path.join(".").replaceAll(".[]", "[]");

/** How many keys two paths share from the root on. */
function shared(path: FieldPath, segments: Segments): number {
  const other = segments.map((segment) => (typeof segment === "number" ? "[]" : segment));
  const index = path.findIndex((key, at) => key !== other[at]);
  return index < 0 ? path.length : index;
}

/** Of the places of a field those nearest to where it was written, the shortest path first. */
function closest(paths: readonly FieldPath[], segments: Segments): string[] {
  const most = Math.max(...paths.map((path) => shared(path, segments)));
  const near = paths.filter((path) => shared(path, segments) === most);
  const ranked = near.sort(
    (one, other) => one.length - other.length || textOf(one).localeCompare(textOf(other)),
  );
  return [...new Set(ranked.map(textOf))];
}

/** More places than these would not be read. */
const MAX_PLACES = 3;

function sameName(name: string, segments: Segments, table: TypeTable): string[] {
  const own = spelling(name);
  const paths = fieldPaths(table).filter((path) => spelling(path.at(-1) ?? "") === own);
  return closest(paths, segments);
}

/** A name this short is near to too many others. */
const MIN_NEAR = 5;
const MAX_EDITS = 2;

function nearName(name: string, segments: Segments, table: TypeTable): string | undefined {
  if (name.length < MIN_NEAR) {
    return undefined;
  }
  const edits = (path: FieldPath) =>
    distance(name.toLowerCase(), (path.at(-1) ?? "").toLowerCase());
  const near = fieldPaths(table).filter((path) => edits(path) <= MAX_EDITS);
  const least = Math.min(...near.map(edits));
  return closest(
    near.filter((path) => edits(path) === least),
    segments,
  )[0];
}

/**
 * What to type in place of a field that is unknown where it stands: the field beside it that was
 * meant, or the place where a field of this name belongs, at whatever depth. `undefined` where no field is
 * like it.
 *
 * @param segments where it stands, from the root of the CR
 * @param siblings the fields that there are
 * @example
 * unknownFieldFix(["spec", "values", "proxy_init"], ["global", "pilot"], table)
 * // "it belongs at spec.values.global.proxy_init"
 */
export function unknownFieldFix(
  segments: Segments,
  siblings: readonly string[],
  table: TypeTable,
): string | undefined {
  const name = String(segments.at(-1));
  const sibling = nearest(name, siblings);
  const isTypo = sibling !== undefined && distance(name.toLowerCase(), sibling.toLowerCase()) < 2;
  const elsewhere = isTypo ? [] : sameName(name, segments, table);
  if (elsewhere.length > 0) {
    const [first, ...others] = elsewhere.slice(0, MAX_PLACES);
    return others.length === 0
      ? `it belongs at ${first}`
      : `it belongs at ${first}; or at ${others.join(", ")}`;
  }
  const far = sibling === undefined ? nearName(name, segments, table) : undefined;
  return far === undefined ? didYouMean(name, siblings) : `did you mean ${far}?`;
}
