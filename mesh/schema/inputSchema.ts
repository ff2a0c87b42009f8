import { isObject } from "../common/json";
import schema from "../data/inputs.schema.json";
import type { CheckedName } from "../model/checkedInputs";
import { valueUnder } from "./jsonPointer";

/** The part of JSON Schema that describes inputs. */
export interface InputSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, InputSchema | undefined>>;
  readonly additionalProperties?: boolean | InputSchema;
  readonly items?: InputSchema;
  readonly anyOf?: readonly InputSchema[];
}

const DEFINITIONS: Readonly<Record<string, InputSchema>> = schema.definitions;
const REFERENCE = "#/definitions/";

/** Returns the schema that a reference names. A description beside the reference is kept. */
function followed(schema: InputSchema): InputSchema {
  const { $ref, ...own } = schema;
  const target = $ref === undefined ? undefined : DEFINITIONS[$ref.slice(REFERENCE.length)];
  return target === undefined ? own : { ...followed(target), ...own };
}

const JSON_TYPES: readonly [string, (value: unknown) => boolean][] = [
  ["array", Array.isArray],
  ["object", isObject],
  ["string", (value) => typeof value === "string"],
  ["number", (value) => typeof value === "number"],
  ["boolean", (value) => typeof value === "boolean"],
];

function jsonTypeOf(value: unknown): string | undefined {
  return JSON_TYPES.find(([, takes]) => takes(value))?.[0];
}

/** Returns the words that a schema allows, or `undefined` if it allows other values too. */
export function wordsOf({ const: word, enum: words }: InputSchema): readonly unknown[] | undefined {
  return word === undefined ? words : [word];
}

function hasItsWords(member: InputSchema, value: object): boolean {
  return Object.entries(member.properties ?? {}).every(([key, schema]) => {
    const word = schema?.const;
    return word === undefined || valueUnder(value, key) === word;
  });
}

/** What one value is checked against. */
export interface SchemaOfValue {
  readonly schema: InputSchema;
  /** The other members of the union that the value belongs to. @default [] */
  readonly others: readonly InputSchema[];
}

/** Returns the members of a union. */
export function membersOf({ anyOf = [] }: InputSchema): readonly InputSchema[] {
  return anyOf.map(followed);
}

/**
 * Returns the member of a union to which a value belongs: the one with its JSON type, and with its
 * `kind` or `type`.
 */
function memberFor(union: InputSchema, value: unknown): SchemaOfValue {
  const members = membersOf(union);
  const meant = members.find(
    (member) =>
      member.type === jsonTypeOf(value) && (!isObject(value) || hasItsWords(member, value)),
  );
  return { schema: meant ?? union, others: members.filter((member) => member !== meant) };
}

function schemaOf(schema: InputSchema, value: unknown): SchemaOfValue {
  const found = followed(schema);
  return found.anyOf === undefined ? { schema: found, others: [] } : memberFor(found, value);
}

function child({ properties, additionalProperties, items }: InputSchema, key: string | number) {
  const other = typeof additionalProperties === "object" ? additionalProperties : {};
  return typeof key === "number" ? (items ?? {}) : (properties?.[key] ?? other);
}

/**
 * Returns the schema of a value inside some inputs.
 *
 * @param segments the keys and indexes that lead to the value
 */
export function schemaAt(
  name: CheckedName,
  inputs: unknown,
  segments: readonly (string | number)[],
): SchemaOfValue {
  let value = inputs;
  let found = schemaOf({ $ref: `${REFERENCE}${name}` }, value);
  for (const key of segments) {
    value = valueUnder(value, key);
    found = schemaOf(child(found.schema, key), value);
  }
  return found;
}

/** Returns the schema of each key of some inputs, by the key. */
export function keySchemas(name: CheckedName): Readonly<Record<string, InputSchema>> {
  const { properties = {} } = DEFINITIONS[name] ?? {};
  return Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [key, followed(schema ?? {})]),
  );
}

/** Returns the JSON types that a schema allows. */
export function jsonTypes(schema: InputSchema): readonly string[] {
  const { type, anyOf = [] } = followed(schema);
  return [...new Set([...[type ?? []].flat(), ...anyOf.flatMap(jsonTypes)])];
}
