import { deepClone, getKey, isObject, type Json, type JsonObject } from "../common/json";
import { droppedFields, isAbout, type Rule, replacement } from "./droppedRules";

/** A dropped field in a document. */
export interface DroppedField {
  readonly rule: Rule;
  /** Path from the root of the CR. */
  readonly segments: readonly string[];
}

/** Removes a field, and maps that are empty without it. */
function take(map: JsonObject, [key = "", ...rest]: readonly string[], rule: Rule): boolean {
  const value = getKey(map, key);
  if (value === undefined) {
    return false;
  }
  const found =
    rest.length === 0 ? isAbout(rule, value) : isObject(value) && take(value, rest, rule);
  if (found && (rest.length === 0 || Object.keys(value as JsonObject).length === 0)) {
    delete map[key];
  }
  return found;
}

/**
 * Returns the fields of an overlay that an Istio version has dropped. A field comes before the map
 * that contains it.
 *
 * @param version the Istio version @default the newest version in the table
 * @example
 * findDropped({ spec: { values: { global: { mtls: { enabled: true } } } } })[0].segments
 * // ["spec", "values", "global", "mtls", "enabled"]
 */
export function findDropped(document: JsonObject, version?: string): DroppedField[] {
  const rest: Json = deepClone(getKey(document, "spec") ?? null);
  if (!isObject(rest)) {
    return [];
  }
  return droppedFields(version)
    .filter((rule) => take(rest, rule.segments, rule))
    .map((rule) => ({ rule, segments: ["spec", ...rule.segments] }));
}

/** Returns a dropped field as a problem. */
export function describeDropped(rule: Rule, isFile: boolean) {
  const { since, severity, why, source, action, instead } = rule;
  const next = replacement({ action, instead });
  const fix = next === undefined ? "take it out" : action.kind === "remove" ? next : `use ${next}`;
  return {
    reason:
      severity === "error" ? `Istio ${since} has dropped it: ${why}` : `Istio ${since}: ${why}`,
    fix: isFile ? `${fix}; "mesh overlay migrate" rewrites the file` : fix,
    see: source,
  };
}
