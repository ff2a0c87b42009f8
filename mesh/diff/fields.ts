import { load } from "js-yaml";
import { deepEqual, isObject, type Json, type JsonObject } from "../common/json";
import { joinPath } from "../common/propertyPath";
import { isEquivalent } from "./equivalent";

/** One field that differs. A side that lacks the field is absent. */
export interface FieldDiff {
  /**
   * `spec.template.spec.containers[name:discovery].image`; a field inside a text that holds YAML or
   * JSON comes after a slash: `data.mesh/accessLogFile`.
   */
  readonly path: string;
  readonly from?: Json;
  readonly to?: Json;
}

function whole(path: string, from: Json | undefined, to: Json | undefined): FieldDiff[] {
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

function diffMaps(path: string, from: JsonObject, to: JsonObject, join = joinPath): FieldDiff[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) =>
    diff(
      join(path, key),
      Object.hasOwn(from, key) ? from[key] : undefined,
      Object.hasOwn(to, key) ? to[key] : undefined,
    ),
  );
}

/** Returns the names of a list's items if each item has a name and no two are equal. */
function namesOf(list: readonly Json[]): string[] | undefined {
  const names = list.map((item) => (isObject(item) ? item.name : undefined));
  const all = names.every((name) => typeof name === "string" && name !== "");
  return all && new Set(names).size === names.length ? (names as string[]) : undefined;
}

function byName(list: readonly Json[], name: string): Json | undefined {
  return list.find((item) => isObject(item) && item.name === name);
}

function diffNamed(path: string, from: readonly Json[], to: readonly Json[], names: string[][]) {
  const [before = [], after = []] = names;
  const fields = [...new Set([...before, ...after])].flatMap((name) =>
    diff(`${path}[name:${name}]`, byName(from, name), byName(to, name)),
  );
  const shared = (list: readonly string[]) =>
    list.filter((name) => before.includes(name) && after.includes(name));
  const [orderBefore, orderAfter] = [shared(before), shared(after)];
  return deepEqual(orderBefore, orderAfter)
    ? fields
    : [...fields, ...whole(`${path} (order)`, orderBefore, orderAfter)];
}

function areScalars(list: readonly Json[]): boolean {
  const isScalar = (item: Json) => item === null || typeof item !== "object";
  return list.every(isScalar) && new Set(list).size === list.length;
}

/**
 * Most lists of texts hold flags or names, so only the presence of each text is compared, not the
 * order.
 */
function diffScalars(path: string, from: readonly Json[], to: readonly Json[]): FieldDiff[] {
  const gone = from.filter((item) => !to.includes(item));
  const added = to.filter((item) => !from.includes(item));
  return gone.length === 0 && added.length === 0
    ? whole(`${path} (order)`, [...from], [...to])
    : [
        ...gone.flatMap((item) => whole(`${path}[:${item}]`, item, undefined)),
        ...added.flatMap((item) => whole(`${path}[:${item}]`, undefined, item)),
      ];
}

function diffLists(path: string, from: readonly Json[], to: readonly Json[]): FieldDiff[] {
  const names = [namesOf(from), namesOf(to)].filter((list) => list !== undefined);
  if (names.length === 2) {
    return diffNamed(path, from, to, names);
  }
  if (areScalars(from) && areScalars(to)) {
    return diffScalars(path, from, to);
  }
  const length = Math.max(from.length, to.length);
  return Array.from({ length }, (_, index) =>
    diff(`${path}[${index}]`, from[index], to[index]),
  ).flat();
}

/** Returns the map that a JSON text or a text of several lines holds. */
function mapIn(text: string): JsonObject | undefined {
  if (!text.includes("\n") && !text.startsWith("{")) {
    return undefined;
  }
  try {
    const value: unknown = load(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function diffTexts(path: string, from: string, to: string): FieldDiff[] {
  const [before, after] = [mapIn(from), mapIn(to)];
  if (before === undefined || after === undefined) {
    return whole(path, from, to);
  }
  const inside = (at: string, key: string) => `${at}/${joinPath("", key)}`;
  const fields = diffMaps(path, before, after, inside);
  return fields.length > 0 ? fields : whole(path, from, to);
}

function diff(path: string, from: Json | undefined, to: Json | undefined): FieldDiff[] {
  if (deepEqual(from, to) || isEquivalent(path, from, to)) {
    return [];
  }
  if (isObject(from) && isObject(to)) {
    return diffMaps(path, from, to);
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    return diffLists(path, from, to);
  }
  return typeof from === "string" && typeof to === "string"
    ? diffTexts(path, from, to)
    : whole(path, from, to);
}

/**
 * Returns the fields in which two documents differ. List items are matched by name if they have
 * names. A text that holds YAML or JSON, as in Istio's ConfigMaps, is compared field by field.
 *
 * @example
 * diffFields({ a: [{ name: "x", v: 1 }] }, { a: [{ name: "x", v: 2 }] })
 * // [{ path: "a[name:x].v", from: 1, to: 2 }]
 */
export function diffFields(from: Json, to: Json): FieldDiff[] {
  return diff("", from, to);
}
