import { type Document, isNode, isScalar } from "yaml";
import { isObject, type Json } from "../common/json";
import { splitPath } from "../common/propertyPath";
import { droppedFields, isAbout, type Rule } from "../schema/droppedRules";
import type { MigrationContext } from "./change";
import { leaveComment } from "./comments";
import { asTaken, type Put, put, type Taken, take } from "./yamlTree";

/**
 * Returns whether a value is `false`, nothing, or a block that disables itself. Removing such a
 * value loses nothing.
 */
function isOff(value: Json | undefined): boolean {
  if (isObject(value)) {
    return value.enabled === false || Object.values(value).every(isOff);
  }
  return Array.isArray(value) ? value.length === 0 : value === null || !value;
}

function valueAt(document: Document.Parsed, segments: readonly string[]): Json | undefined {
  const node = document.getIn(segments, true);
  return isNode(node) ? (node.toJS(document) as Json) : undefined;
}

function specPath(path: string): string[] {
  return ["spec", ...splitPath(path)];
}

/** What to say of a field that was not written. */
export function keptNote(to: string, result: Put): string | undefined {
  switch (result) {
    case "put":
      return undefined;
    case "kept":
      return `${to} is set already, and stays as it is`;
    case "blocked":
      return `there is no place for ${to}: something on the way is not a map`;
  }
}

interface Outcome {
  readonly to?: string;
  readonly byHand?: string;
}

function move(document: Document, taken: Taken, to: string): Outcome {
  return { to: `spec.${to}`, byHand: keptNote(to, put(document, specPath(to), taken)) };
}

function convert(document: Document, taken: Taken, rule: Rule, value: Json): Outcome {
  const converted =
    rule.action.kind === "convert" ? rule.action.converter.convert(value) : undefined;
  const { targets = [], byHand } = converted ?? {};
  const notes = targets.map((target, index) => {
    const above = index === 0 ? taken.above : undefined;
    const placed = put(document, target.path, asTaken(document, target.value, above), target.force);
    return keptNote(target.path.join("."), placed);
  });
  const to = targets.map((target) => `${target.path.join(".")}: ${JSON.stringify(target.value)}`);
  const all = [...notes, byHand].filter((note) => note !== undefined);
  return {
    ...(to.length > 0 && { to: to.join(", ") }),
    ...(all.length > 0 && { byHand: all.join("; ") }),
  };
}

function remove(
  document: Document,
  taken: Taken,
  segments: readonly string[],
  rule: Rule,
  value: Json,
): Outcome {
  if (taken.above !== undefined) {
    leaveComment(document, segments, taken.above);
  }
  return isOff(value) ? {} : { byHand: rule.instead };
}

function rewrite(
  document: Document,
  rule: Rule,
  segments: readonly string[],
  value: Json,
): Outcome {
  const { action } = rule;
  if (action.kind === "set") {
    const node = document.getIn(segments, true);
    if (isScalar(node)) {
      node.value = action.to;
    }
    return { to: `${segments.join(".")}: ${JSON.stringify(action.to)}` };
  }
  if (action.kind === "convert" && action.converter.convert(value)?.inPlace) {
    return convert(document, { value: undefined, above: undefined }, rule, value);
  }
  const taken = take(document, segments) ?? { value: undefined, above: undefined };
  switch (action.kind) {
    case "move":
      // Nothing stands behind the field, as when its value is commented out.
      return value === null
        ? remove(document, taken, segments, rule, value)
        : move(document, taken, action.to);
    case "convert":
      return convert(document, taken, rule, value);
    case "remove":
      return remove(document, taken, segments, rule, value);
  }
}

function apply(context: MigrationContext, rule: Rule): boolean {
  const { document, lineOf, changes } = context;
  const segments = ["spec", ...rule.segments];
  const value = valueAt(document, segments);
  if (value === undefined || !isAbout(rule, value)) {
    return false;
  }
  const line = lineOf(segments);
  const outcome = rewrite(document, rule, segments, value);
  const from = `spec.${rule.path}`;
  const { why, source, effect } = rule;
  changes.push({ from, line, ...outcome, why, source, ...(effect !== undefined && { effect }) });
  return true;
}

/** A moved field may contain a field that another rule is about. */
const MAX_PASSES = 5;

/** Rewrites every dropped field of a document in place. */
export function migrateFields(context: MigrationContext, version: string | undefined): void {
  const rules = droppedFields(version);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    if (rules.filter((rule) => apply(context, rule)).length === 0) {
      return;
    }
  }
}
