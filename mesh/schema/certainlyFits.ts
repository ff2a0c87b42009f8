import { isObject, type Json, type JsonObject } from "../common/json";

/** What a schema refers to. */
export interface FitTools {
  /** The schema that `$ref: "#/…"` starts from. @default the schema itself */
  readonly root?: JsonObject;
  /** Returns the schema of the keyword `definition`. @default the keyword is not known */
  readonly definition?: (name: string) => JsonObject;
  /** By name. @default no format is known */
  readonly formats?: Readonly<Record<string, (text: string) => boolean>>;
  /** Whether the items of a list differ in these fields. @default the keyword `uniqueKeys` is not known */
  readonly hasUniqueKeys?: (keys: readonly string[], list: readonly unknown[]) => boolean;
}

/** A keyword with its value: whether a value of the schema fits it. */
type Keyword = (wanted: Json, value: unknown, schema: JsonObject, tools: FitTools) => boolean;

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  array: Array.isArray,
  object: isObject,
};

function schemaFits(schema: Json | undefined, value: unknown, tools: FitTools): boolean {
  return typeof schema === "boolean"
    ? schema
    : isObject(schema) &&
        Object.entries(schema).every(([keyword, wanted]) => {
          const fits = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
          return fits?.(wanted, value, schema, tools) === true;
        });
}

/** Returns the fields of a map; none for another value. */
function fieldsOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function listFits(wanted: Json, fits: (one: Json) => boolean): boolean {
  return Array.isArray(wanted) && wanted.every(fits);
}

const isScalar = (value: unknown) => typeof value !== "object" || value === null;

const ANNOTATION: Keyword = () => true;

/** Every keyword that is known here. A schema with another one fits nothing for certain. */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $id: ANNOTATION,
  $schema: ANNOTATION,
  $comment: ANNOTATION,
  $defs: ANNOTATION,
  title: ANNOTATION,
  description: ANNOTATION,
  default: ANNOTATION,
  type: (wanted, value) => [wanted].flat().some((type) => TYPES[String(type)]?.(value) === true),
  enum: (wanted, value) =>
    isScalar(value) && Array.isArray(wanted) && wanted.includes(value as Json),
  minimum: (wanted, value) => typeof value !== "number" || value >= Number(wanted),
  required: (wanted, value) =>
    !isObject(value) ||
    listFits(
      wanted,
      (name) => Object.hasOwn(value, String(name)) && value[String(name)] !== undefined,
    ),
  properties: (wanted, value, _, tools) =>
    fieldsOf(value).every(
      ([name, field]) =>
        field === undefined ||
        !isObject(wanted) ||
        !Object.hasOwn(wanted, name) ||
        schemaFits(wanted[name], field, tools),
    ),
  additionalProperties: (wanted, value, { properties }, tools) =>
    fieldsOf(value).every(
      ([name, field]) =>
        (isObject(properties) && Object.hasOwn(properties, name)) ||
        schemaFits(wanted, field, tools),
    ),
  items: (wanted, value, _, tools) =>
    !Array.isArray(value) || value.every((item) => schemaFits(wanted, item, tools)),
  uniqueItems: (wanted, value) =>
    wanted !== true ||
    !Array.isArray(value) ||
    (value.every(isScalar) && new Set(value).size === value.length),
  uniqueKeys: (wanted, value, _, { hasUniqueKeys }) =>
    !Array.isArray(value) || hasUniqueKeys?.(wanted as string[], value) === true,
  format: (wanted, value, _, { formats }) =>
    typeof value !== "string" || formats?.[String(wanted)]?.(value) === true,
  definition: (wanted, value, _, tools) =>
    tools.definition !== undefined && schemaFits(tools.definition(String(wanted)), value, tools),
  $ref: (wanted, value, _, tools) => {
    const [start, ...path] = String(wanted).split("/");
    const from: Json | undefined = start === "#" ? tools.root : undefined;
    const schema = path.reduce<Json | undefined>(
      (at, key) => (isObject(at) ? at[key] : undefined),
      from,
    );
    return schemaFits(schema, value, tools);
  },
};

/**
 * Returns whether a value fits a schema for certain, by one walk through both. `false` says only that the
 * schema has to be compiled to know: because of a fault, or of a keyword that is not known here. To
 * compile a schema takes many times longer than such a walk, and nearly all values fit.
 *
 * @example certainlyFits({ type: "object", properties: { a: { type: "string" } } }, { a: "b" }) // true
 */
export function certainlyFits(schema: JsonObject, value: unknown, tools: FitTools = {}): boolean {
  return schemaFits(schema, value, { root: schema, ...tools });
}
