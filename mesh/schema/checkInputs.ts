import type { ErrorObject } from "ajv";
import type { Problem } from "../common/problem";
import { pathText } from "../common/propertyPath";
import { didYouMean } from "../common/suggest";
import type { CheckedName } from "../model/checkedInputs";
import {
  type InputSchema,
  jsonTypes,
  membersOf,
  type SchemaOfValue,
  schemaAt,
  wordsOf,
} from "./inputSchema";
import { VALIDATORS } from "./inputValidators";
import { pointerSegments, valueUnder } from "./jsonPointer";

/** A problem of inputs. The caller adds the source, because it knows where they come from. */
export type InputProblem = Omit<Problem, "source">;

type Segments = readonly (string | number)[];

/** The place of one of ajv's errors. */
interface Place {
  readonly name: CheckedName;
  readonly inputs: unknown;
  readonly segments: Segments;
}

const UNKNOWN_FIELD = "is an unknown field";
const MISSING = "is missing";

/** The names of JSON's types in messages. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "a boolean",
  array: "a list",
  object: "a map",
};

/** A longer list of names is only shown if no name is similar. */
const MAX_LISTED = 12;

/** @example typeNames(["array"]) // "a list" */
export function typeNames(types: readonly string[]): string {
  return types.map((type) => TYPE_NAMES[type] ?? type).join(" or ");
}

/** Returns a short description of the allowed values, or `undefined` if every value is allowed. */
function allowedBy(schema: InputSchema): string | undefined {
  return wordsOf(schema)?.join(", ") ?? (typeNames(jsonTypes(schema)) || undefined);
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

/**
 * Returns the problem of a value that is not one of the allowed words. A list or map is not shown,
 * because it may contain a private key.
 */
function wrongWord(path: string, value: unknown, words: readonly unknown[]): InputProblem {
  const allowed = words.join(", ");
  const fix = typeof value === "string" ? didYouMean(value, words.map(String)) : undefined;
  return isScalar(value)
    ? { path, value, reason: "is unknown", allowed, fix }
    : { path, reason: "has the wrong type", allowed };
}

/** Returns the fix if a number, a boolean or a text is written as another of these types. */
export function quotesFix(value: unknown, types: readonly string[]): string | undefined {
  if (typeof value === "string" && value.trim() !== "") {
    const isNumber =
      (types.includes("number") && Number.isFinite(Number(value))) ||
      (types.includes("integer") && Number.isInteger(Number(value)));
    const isBoolean = types.includes("boolean") && ["true", "false"].includes(value);
    return isNumber || isBoolean ? "write it without quotes" : undefined;
  }
  const isQuotable = typeof value === "number" || typeof value === "boolean";
  return isQuotable && types.join() === "string" ? "put it in quotes" : undefined;
}

/** The message does not show the value, because it may be a private key. */
function wrongType({ segments, inputs }: Place, types: readonly string[]): InputProblem {
  return {
    path: pathText(segments),
    reason: "has the wrong type",
    allowed: typeNames(types),
    fix: quotesFix(valueAt(inputs, segments), types),
  };
}

function valueAt(inputs: unknown, segments: Segments): unknown {
  return segments.reduce(valueUnder, inputs);
}

/**
 * Returns the problem of a field that belongs to another member of the union, such as `path` for
 * charts that do not come from a folder.
 */
function strayField(
  path: string,
  key: string,
  { schema, others }: SchemaOfValue,
): InputProblem | undefined {
  const isKnown = others.some(({ properties = {} }) => Object.hasOwn(properties, key));
  const tag = Object.entries(schema.properties ?? {}).find(([, own]) => own?.const !== undefined);
  if (!isKnown || tag === undefined) {
    return undefined;
  }
  const [tagKey, tagSchema] = tag;
  const fields = Object.keys(schema.properties ?? {}).filter((own) => own !== tagKey);
  return {
    path,
    reason: `has no effect with ${tagKey} ${String(tagSchema?.const)}`,
    ...(fields.length > 0 && { allowed: fields.join(", ") }),
  };
}

function unknownField(place: Place, key: string): InputProblem[] {
  const { name, inputs, segments } = place;
  if (valueAt(inputs, [...segments, key]) === undefined) {
    return [];
  }
  const found = schemaAt(name, inputs, segments);
  const { schema } = found;
  const path = pathText([...segments, key]);
  const stray = strayField(path, key, found);
  if (stray !== undefined) {
    return [stray];
  }
  const known = Object.keys(schema.properties ?? {});
  const fix = didYouMean(key, known);
  const isListed = fix === undefined || known.length <= MAX_LISTED;
  return [
    {
      path,
      reason: UNKNOWN_FIELD,
      ...(isListed && { allowed: known.join(", ") }),
      fix,
    },
  ];
}

/** Returns the first sentence of a description, without its full stop. */
function firstSentence(description: string): string {
  return (description.split(/\.(?:\s|$)/)[0] ?? "").replace(/\s+/g, " ");
}

function missingField({ name, inputs, segments }: Place, key: string): InputProblem {
  const path = [...segments, key];
  const { schema } = schemaAt(name, inputs, path);
  const meaning = firstSentence(schema.description ?? "");
  return {
    path: pathText(path),
    reason: MISSING,
    allowed: allowedBy(schema),
    ...(meaning !== "" && { fix: `set it (${meaning})` }),
  };
}

/** Returns the value that each member of a union has under a key. */
function memberWords(union: InputSchema, tag: string): readonly unknown[] {
  return membersOf(union).map(({ properties }) => properties?.[tag]?.const);
}

/**
 * Returns the fields that no member of a union has, if its `kind` or `type` is missing. One of them
 * may be a misspelt `kind` or `type`.
 */
function strangeFields({ inputs, segments }: Place, union: InputSchema): InputProblem[] {
  const known = membersOf(union).flatMap(({ properties = {} }) => Object.keys(properties));
  return Object.keys(valueAt(inputs, segments) ?? {})
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: pathText([...segments, key]),
      reason: UNKNOWN_FIELD,
      fix: didYouMean(key, known),
    }));
}

/** Returns the problem of a `kind` or `type` that no member of the union has. */
function wrongTag(place: Place, tag: string): InputProblem[] {
  const { name, inputs, segments } = place;
  const { schema } = schemaAt(name, inputs, segments);
  const words = memberWords(schema, tag);
  const path = pathText([...segments, tag]);
  const value = valueAt(inputs, [...segments, tag]);
  return value === undefined
    ? [{ path, reason: MISSING, allowed: words.join(", ") }, ...strangeFields(place, schema)]
    : [wrongWord(path, value, words)];
}

function toFindings(error: ErrorObject, place: Place): InputProblem[] {
  const { segments, inputs, name } = place;
  switch (error.keyword) {
    case "additionalProperties":
      return unknownField(place, String(error.params.additionalProperty));
    case "required":
      return [missingField(place, String(error.params.missingProperty))];
    case "type":
      return [wrongType(place, [error.params.type].flat().map(String))];
    case "enum":
    case "const": {
      const words = wordsOf(schemaAt(name, inputs, segments).schema) ?? [];
      return [wrongWord(pathText(segments), valueAt(inputs, segments), words)];
    }
    case "discriminator":
      return wrongTag(place, String(error.params.tag));
    default:
      // An error of `if` only repeats that there is another error.
      return [];
  }
}

/**
 * Returns everything that does not fit the type of some inputs: unknown and missing fields at any
 * depth, values of the wrong type, words that are not allowed. TypeScript finds these in a program,
 * but nothing else finds them in a stack's configuration. Checks of values come after this one,
 * because they rely on the types.
 *
 * @param at the path of the inputs inside other inputs @default none
 * @example
 * checkInputs("MeshInputs", { version: "1.31.0", mtls: "STRICT" })[0].path // "mtls"
 */
export function checkInputs(name: CheckedName, inputs: unknown, at = ""): InputProblem[] {
  const check = VALIDATORS[name];
  if (check(inputs)) {
    return [];
  }
  const findings = (check.errors ?? []).flatMap((error) =>
    toFindings(error, { name, inputs, segments: pointerSegments(error.instancePath, inputs) }),
  );
  return findings
    .sort((one, other) => rank(one) - rank(other))
    .map((finding) => ({ ...finding, path: joined(at, finding.path) }));
}

/** A misspelt key comes first, because it may be the reason why another key is missing. */
function rank({ reason }: InputProblem): number {
  return [UNKNOWN_FIELD, undefined, MISSING].indexOf(
    reason === UNKNOWN_FIELD || reason === MISSING ? reason : undefined,
  );
}

function joined(at: string, path: string): string {
  const separator = at === "" || path === "" || path.startsWith("[") ? "" : ".";
  return `${at}${separator}${path}`;
}
