import semver from "semver";
import { deepEqual, type Json } from "../common/json";
import { splitPath } from "../common/propertyPath";
import data from "../data/droppedFields.json";
import { type DroppedGroup, MINORS, type Minors } from "../model/minors";
import { buildOf } from "../model/versions";
import { CONVERTERS, type Converter } from "./converters";

/** What happens to a dropped field. */
export type Action =
  | { readonly kind: "move"; readonly to: string }
  | { readonly kind: "convert"; readonly converter: Converter }
  | { readonly kind: "set"; readonly to: Json }
  | { readonly kind: "remove" };

/** One field that a release dropped. */
export interface Rule {
  /** Path below `spec`. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly action: Action;
  /** The only value that is dropped. @default every value */
  readonly value?: Json;
  readonly since: string;
  /** A build of Istio that still has it, see `buildOf`. */
  readonly exceptBuild?: string;
  readonly severity: "error" | "warning";
  readonly why: string;
  readonly source: string;
  /** What changes in the rendered objects when a field that was accepted is rewritten. */
  readonly effect?: string;
  /** What to do by hand, because nothing replaces the field automatically. */
  readonly instead?: string;
}

/** The fields that a release dropped, with that release. */
interface Group extends DroppedGroup {
  readonly since: string;
}

type Entry = Pick<Rule, "path" | "action" | "value">;

function converterOf(name: string): Converter {
  const converter = CONVERTERS[name];
  if (converter === undefined) {
    throw new Error(`dropped fields: there is no converter ${name}`);
  }
  return converter;
}

function entriesOf({ move = {}, convert = {}, set = {}, remove = [] }: Group): Entry[] {
  return [
    ...Object.entries(move).map(([path, to]): Entry => ({ path, action: { kind: "move", to } })),
    ...Object.entries(convert).map(
      ([path, name]): Entry => ({
        path,
        action: { kind: "convert", converter: converterOf(name) },
      }),
    ),
    ...Object.entries(set).map(
      ([path, { from, to }]): Entry => ({ path, action: { kind: "set", to }, value: from }),
    ),
    ...remove.map((path): Entry => ({ path, action: { kind: "remove" } })),
  ];
}

function rulesOf(group: Group): Rule[] {
  const { since, exceptBuild, why, source, effect, instead } = group;
  const severity = group.severity === "warning" ? "warning" : "error";
  return entriesOf(group).map((entry) => ({
    ...entry,
    segments: splitPath(entry.path),
    since,
    severity,
    why,
    source,
    ...(exceptBuild !== undefined && { exceptBuild }),
    ...(effect !== undefined && { effect }),
    ...(instead !== undefined && { instead }),
  }));
}

/** Sorts a field before the map that contains it. The rest of the map comes last. */
function deepestFirst(rules: readonly Rule[]): Rule[] {
  return [...rules].sort((a, b) => b.segments.length - a.segments.length);
}

function groupsOf(minors: Minors): Group[] {
  return minors.names.flatMap((since) => {
    const { dropped = [] } = minors.release(`${since}.0`) ?? {};
    return dropped.map((group) => ({ ...group, since }));
  });
}

/**
 * Returns the fields that releases have dropped: those of the known minors, and those that were gone
 * before the oldest of them.
 */
export function droppedRules(minors: Minors): readonly Rule[] {
  return deepestFirst([...(data.groups as readonly Group[]), ...groupsOf(minors)].flatMap(rulesOf));
}

const RULES = droppedRules(MINORS);

/**
 * Returns the fields that an Istio version has dropped, in the order of the search.
 *
 * @param version @default the newest that the table knows
 */
export function droppedFields(version?: string): readonly Rule[] {
  const release = semver.coerce(version);
  if (version === undefined || release === null) {
    return RULES;
  }
  const build = buildOf(version);
  return RULES.filter(
    ({ since, exceptBuild }) =>
      semver.gte(release, `${since}.0`) && (exceptBuild === undefined || exceptBuild !== build),
  );
}

/** Returns whether a rule applies to this value. */
export function isAbout({ value: dropped, action }: Rule, value: Json): boolean {
  return action.kind === "convert"
    ? action.converter.convert(value) !== undefined
    : dropped === undefined || deepEqual(dropped, value);
}

/**
 * Returns a short description of what replaces a field, or `undefined` if nothing needs to.
 *
 * @example
 * replacement(rule) // "meshConfig.accessLogFile"
 */
export function replacement({
  action,
  instead,
}: Pick<Rule, "action" | "instead">): string | undefined {
  switch (action.kind) {
    case "move":
      return action.to;
    case "convert":
      return action.converter.to;
    case "set":
      return JSON.stringify(action.to);
    case "remove":
      return instead;
  }
}
