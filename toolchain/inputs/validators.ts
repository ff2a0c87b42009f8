import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone";
import type { Schema } from "ts-json-schema-generator";

/** The validators that ajv compiles ahead of time, since compiling takes longer than all other checks. */
export const VALIDATORS_FILE = "mesh/schema/inputValidators.ts";

const HEADER = `// @ts-nocheck
// Made by "npm run docs:generate" from the types in mesh/model/checkedInputs.ts; changes here are lost.
import type { ErrorObject } from "ajv";
import type { CheckedName } from "../model/checkedInputs";

/** Takes inputs that fit their type; has the errors of the others. */
export interface InputValidator {
  (inputs: unknown): boolean;
  readonly errors?: readonly ErrorObject[] | null;
}
`;

const REFERENCE = "#/definitions/";

/** What people read and ajv does not. */
const ANNOTATIONS = ["description", "default", "defaultText", "examples", "deprecated", "secret"];

type Definitions = Readonly<Record<string, unknown>>;

function definitionOf(schema: Schema, all: Definitions): Schema {
  const { $ref } = schema;
  return $ref === undefined
    ? schema
    : definitionOf(all[$ref.slice(REFERENCE.length)] as Schema, all);
}

/** The key with one fixed text in each of several objects, such as `kind`; `undefined` if there is none. */
function tagOf(branches: readonly Schema[]): string | undefined {
  const [first, ...others] = branches.map(({ properties = {} }) =>
    Object.entries(properties)
      .filter(([, value]) => typeof value === "object" && value.const !== undefined)
      .map(([key]) => key),
  );
  return first?.find((key) => others.every((keys) => keys.includes(key)));
}

/** The one JSON type of a branch. @throws Error for more: no message could then say what is allowed */
function jsonType({ type }: Schema): string {
  if (typeof type !== "string") {
    throw new Error(
      `a union of inputs has a member without one JSON type: ${JSON.stringify(type)}`,
    );
  }
  return type;
}

/**
 * A union whose members are told apart by their JSON type: only the errors of the member that is meant
 * are reported, not those of all others.
 */
function byType(branches: readonly Schema[], all: Definitions): Schema {
  const types = branches.map((branch) => jsonType(definitionOf(branch, all)));
  if (new Set(types).size < types.length) {
    throw new Error(`a union of inputs has members that nothing tells apart: ${types.join(", ")}`);
  }
  return {
    type: types as Schema["type"],
    allOf: branches.map((branch, index) => ({
      if: { type: types[index] as Schema["type"] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: branch,
    })),
  };
}

function checkedUnion(branches: readonly Schema[], all: Definitions): object {
  const targets = branches.map((branch) => definitionOf(branch, all));
  const tag = tagOf(targets);
  if (tag === undefined) {
    return byType(branches, all);
  }
  return { type: "object", discriminator: { propertyName: tag }, oneOf: branches };
}

/** The schema as ajv shall check it. */
function checked(value: unknown, all: Definitions): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => checked(item, all));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const { anyOf, ...schema } = value as Schema;
  const union = anyOf === undefined ? schema : checkedUnion(anyOf as Schema[], all);
  // A fraction where a whole number is meant has checks with better words.
  const type = schema.type === "integer" ? { type: "number" } : {};
  const entries = Object.entries({ ...schema, ...union, ...type });
  const isWord = "enum" in schema || "const" in schema;
  return Object.fromEntries(
    entries
      .filter(([key]) => !ANNOTATIONS.includes(key) && !(isWord && key === "type"))
      .map(([key, item]) => [
        key,
        key === "properties" || key === "definitions"
          ? Object.fromEntries(
              Object.entries(item as object).map(([name, own]) => [name, checked(own, all)]),
            )
          : checked(item, all),
      ]),
  );
}

/** Source text of a module that exports one validator for each of the names. */
export function validatorSource(schema: Schema, names: readonly string[]): string {
  const ajv = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    discriminator: true,
    // Numbers that are none have checks with better words.
    strictNumbers: false,
    strictTypes: false,
    messages: false,
    code: { source: true, esm: true, lines: true },
    inlineRefs: false,
  });
  ajv.addSchema(checked(schema, schema.definitions ?? {}) as object, "inputs");
  const exported = Object.fromEntries(names.map((name) => [name, `inputs${REFERENCE}${name}`]));
  const table = `export const VALIDATORS: Readonly<Record<CheckedName, InputValidator>> = { ${names.join(", ")} };`;
  return `${HEADER}\n${standaloneCode(ajv, exported)}\n\n${table}\n`;
}
