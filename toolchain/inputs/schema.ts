import { join } from "node:path";
import {
  AnyType,
  type CompletedConfig,
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  type Schema,
  SchemaGenerator,
  type SubNodeParser,
} from "ts-json-schema-generator";
import { isRegularExpressionLiteral } from "typescript";

/** Written by `npm run docs:generate`; kept in the repository, since the program reads it. */
export const SCHEMA_FILE = "mesh/data/inputs.schema.json";

const ROOT_TYPE = "CheckedInputs";

/** Istio's and Kubernetes' own data, which other checks look into. */
const OPEN_TYPES: Readonly<Record<string, Schema>> = {
  Json: {},
  JsonObject: { type: "object" },
};

/** Constants of which a type takes a part may hold regular expressions, which the generator cannot read. */
const REGULAR_EXPRESSIONS: SubNodeParser = {
  supportsNode: isRegularExpressionLiteral,
  createType: () => new AnyType(),
};

/** Docstrings wrap lines and link to other types; a schema's readers see one text. */
export function plainText(text: string): string {
  return text
    .replace(/ ?\{\s*@link\s+([^}]+?)\s*\} ?/g, " `$1` ")
    .replace(/([^\n])\n(?!\n|- )\s*/g, "$1 ")
    .replace(/(?<=\S) {2,}/g, " ")
    .replace(/\( `/g, "(`")
    .replace(/` (?=[.,:;)])/g, "`")
    .trim();
}

/** A docstring's text in which `@default` has a value, and not a sentence about it. */
const DEFAULT_VALUE = /@default\s+(?:"[^"]*"|true|false|-?[\d.]+|\[.*\]|\{.*\})\s*(?:\n|$|@)/;

/** A default that is a sentence is no value of the field, so it has a key of its own. */
function defaultOf(fullDescription: unknown, value: unknown) {
  const isValue = DEFAULT_VALUE.test(String(fullDescription));
  return isValue ? { default: value } : { defaultText: plainText(String(value)) };
}

/** The members of a union, with all words that are allowed as one member. */
function withWordsTogether(members: readonly Schema[]): readonly Schema[] {
  const words = members.filter((member) => typeof member.const === "string");
  const together: Schema = { type: "string", enum: words.map((member) => member.const as string) };
  return words.length < 2
    ? members
    : [together, ...members.filter((member) => !words.includes(member))];
}

function documented({ fullDescription, ...schema }: Record<string, unknown>) {
  const { description, default: value, anyOf, ...rest } = schema;
  return {
    ...(Array.isArray(anyOf) && { anyOf: withWordsTogether(anyOf as Schema[]) }),
    ...rest,
    ...(typeof description === "string" && { description: plainText(description) }),
    ...(value !== undefined && defaultOf(fullDescription, value)),
  };
}

/** Keys of a schema under which names are not keywords. */
const MAPS = ["properties", "definitions"];

function tidied(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => tidied(item));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const own = isMap ? value : documented(value as Record<string, unknown>);
  return Object.fromEntries(
    Object.entries(own).map(([key, item]) => [
      key,
      key === "default" && !isMap ? item : tidied(item, !isMap && MAPS.includes(key)),
    ]),
  );
}

/** The schema of all inputs, and the names of the definitions that are checked by themselves. */
export interface InputSchemas {
  readonly schema: Schema;
  readonly checked: readonly string[];
}

/**
 * The JSON schema of all inputs, from their TypeScript types: each type is a definition, docstrings are
 * descriptions, `@default` is the `default`, or the `defaultText` where it is a sentence.
 *
 * @param root the project's folder
 */
export function inputSchema(root: string): InputSchemas {
  const config: CompletedConfig = {
    ...DEFAULT_CONFIG,
    path: join(root, "mesh", "model", "checkedInputs.ts"),
    tsconfig: join(root, "tsconfig.json"),
    type: ROOT_TYPE,
    topRef: false,
    jsDoc: "extended",
    extraTags: ["secret"],
    fullDescription: true,
    sortProps: false,
    // tsc checks the types already.
    skipTypeCheck: true,
  };
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => chain.addNodeParser(REGULAR_EXPRESSIONS));
  const generator = new SchemaGenerator(program, parser, createFormatter(config), config);
  const { definitions = {}, properties = {}, $schema } = generator.createSchema(ROOT_TYPE);
  const closed = Object.entries(definitions).map(([name, schema]): [string, unknown] => {
    const { description } = schema as Schema;
    const open = OPEN_TYPES[name];
    return [name, open === undefined ? schema : { ...open, description }];
  });
  const schema = tidied({ $schema, definitions: Object.fromEntries(closed) }) as Schema;
  return { schema, checked: Object.keys(properties) };
}
