import { blocks, cell, codeCell, generatedPage, table } from "./markdown";

/** The part of JSON Schema that a generator writes for TypeScript types. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  /** A default that is no value, in words, such as "the version". */
  readonly defaultText?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly deprecated?: boolean | string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Where the page's own words stand. */
export interface SchemaPage {
  readonly title: string;
  /** What the schema was made from, for the note at the page's head. */
  readonly source: string;
  readonly introduction: string;
}

const REFERENCE = /^#\/(?:definitions|\$defs)\/(.+)$/;

/** Name of the definition that a schema refers to; `undefined` if it refers to none. */
function referenceName({ $ref }: Schema): string | undefined {
  const name = $ref === undefined ? undefined : REFERENCE.exec($ref)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}

function definition(root: Schema, name: string): Schema {
  const found = root.definitions?.[name] ?? root.$defs?.[name];
  if (found === undefined) {
    throw new Error(`the schema refers to ${name}, which it does not define`);
  }
  return found;
}

/** True for a definition with fields, which gets a section of its own. */
function hasFields(root: Schema, schema: Schema): boolean {
  return fieldsOf(root, schema).length > 0;
}

interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The fields of an object, also of one that is composed by `allOf` or refers to another. */
function fieldsOf(root: Schema, schema: Schema): readonly Field[] {
  const name = referenceName(schema);
  if (name !== undefined) {
    return fieldsOf(root, definition(root, name));
  }
  const own = Object.entries(schema.properties ?? {}).map(([key, value]) => ({
    name: key,
    schema: value,
    required: schema.required?.includes(key) ?? false,
  }));
  return [...(schema.allOf ?? []).flatMap((part) => fieldsOf(root, part)), ...own];
}

function json(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The heading of a definition's section: generators put type arguments into names. */
function headingOf(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, " ").trim();
}

function linkTo(name: string): string {
  const heading = headingOf(name);
  return `[${heading}](#${heading.toLowerCase().replace(/ /g, "-")})`;
}

function alternatives(root: Schema, schemas: readonly Schema[]): string {
  return [...new Set(schemas.map((schema) => typeText(root, schema)))].join(" or ");
}

function objectText(root: Schema, schema: Schema): string {
  const { additionalProperties } = schema;
  const fields = fieldsOf(root, schema);
  if (fields.length > 0) {
    const names = fields.map(({ name, required }) => (required ? name : `${name}?`));
    return codeCell(`{${names.join(", ")}}`);
  }
  return typeof additionalProperties === "object"
    ? `map of ${typeText(root, additionalProperties)}`
    : "object";
}

function listText(root: Schema, { items }: Schema): string {
  if (items === undefined) {
    return "list";
  }
  return `list of ${"length" in items ? alternatives(root, items) : typeText(root, items)}`;
}

function plainText(root: Schema, type: string, schema: Schema): string {
  const texts: Readonly<Record<string, () => string>> = {
    object: () => objectText(root, schema),
    array: () => listText(root, schema),
    string: () => "text",
    number: () => "number",
    integer: () => "whole number",
    boolean: () => "`true` or `false`",
  };
  return texts[type]?.() ?? codeCell(type);
}

/** What a value may be, in words: `list of [GatewayInputs](#gatewayinputs)`. */
function typeText(root: Schema, schema: Schema): string {
  const name = referenceName(schema);
  if (name !== undefined) {
    const target = definition(root, name);
    return hasFields(root, target) || isChoice(root, target)
      ? linkTo(name)
      : typeText(root, target);
  }
  if (schema.const !== undefined) {
    return codeCell(json(schema.const));
  }
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => codeCell(json(value))).join(", ");
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    return alternatives(root, choices);
  }
  if (schema.properties !== undefined || schema.allOf !== undefined) {
    return objectText(root, schema);
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  return types.length === 0
    ? "anything"
    : types.map((type) => plainText(root, type, schema)).join(" or ");
}

/** True for a definition that is one of several objects, each with fields of its own. */
function isChoice(root: Schema, schema: Schema): boolean {
  const choices = schema.anyOf ?? schema.oneOf ?? [];
  return choices.some((choice) => hasFields(root, choice));
}

function rangeText({ minimum, maximum }: Schema): string {
  const from = minimum === undefined ? "" : ` from ${minimum}`;
  const to = maximum === undefined ? "" : ` up to ${maximum}`;
  return `${from}${to}`;
}

/** Inherited from the definition that a field refers to, unless the field says otherwise. */
function said(root: Schema, schema: Schema): Schema {
  const name = referenceName(schema);
  return name === undefined ? schema : { ...definition(root, name), ...schema };
}

/** Links of TSDoc as code. */
function withoutLinks(text: string): string {
  return text.replace(/\{@link(?:code|plain)? ([^}]+?) ?\}/g, "`$1`");
}

/** A description as one line of a table's cell; a list in it stays a list. */
function descriptionCell(description: string): string {
  return withoutLinks(description)
    .split(/\n(?=- )|^(?=- )/)
    .map((part) => cell(part).replace(/^- /, "• "))
    .join("<br>");
}

function examplesText({ examples = [] }: Schema): string {
  const shown = examples.map((example) => codeCell(json(example))).join(", ");
  return shown === "" ? "" : `For example ${shown}.`;
}

/** What a field means, with its examples, and whether it is deprecated. */
function describe(root: Schema, schema: Schema): string {
  const { description = "", deprecated } = said(root, schema);
  const text = [descriptionCell(description), examplesText(schema)]
    .filter((part) => part !== "")
    .join(" ");
  if (deprecated === undefined || deprecated === false) {
    return text;
  }
  const reason = typeof deprecated === "string" ? ` ${cell(deprecated)}` : "";
  return [`**Deprecated.**${reason}`, text].filter((part) => part !== "").join(" ");
}

function defaultText(root: Schema, { schema, required }: Field): string {
  if (required) {
    return "required";
  }
  const { default: value, defaultText: words = "" } = said(root, schema);
  const isLink = typeof value === "string" && value.startsWith("{@link");
  return value === undefined || isLink
    ? cell(withoutLinks(isLink ? value : words))
    : codeCell(json(value));
}

function fieldTable(root: Schema, schema: Schema): string {
  const rows = fieldsOf(root, schema).map((field) => [
    codeCell(field.name),
    `${typeText(root, field.schema)}${rangeText(field.schema)}`,
    describe(root, field.schema),
    defaultText(root, field),
  ]);
  return table(["key", "value", "meaning", "default"], rows);
}

function paragraphOf({ description = "" }: Schema): string {
  return description.replace(/</g, "&lt;");
}

function section(root: Schema, name: string): string {
  const schema = definition(root, name);
  const choices = schema.anyOf ?? schema.oneOf ?? [];
  const tables = isChoice(root, schema)
    ? choices.map((choice) =>
        hasFields(root, choice) ? fieldTable(root, choice) : typeText(root, choice),
      )
    : [fieldTable(root, schema)];
  return blocks(`## ${headingOf(name)}`, paragraphOf(schema), tables.join("\n\nor\n\n"));
}

/** Names of the definitions that a schema refers to, directly, in the order of its text. */
function referencesIn(schema: Schema): readonly string[] {
  const { items, additionalProperties } = schema;
  const name = referenceName(schema);
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(items === undefined ? [] : "length" in items ? items : [items]),
    ...(typeof additionalProperties === "object" ? [additionalProperties] : []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
  ];
  return [...(name === undefined ? [] : [name]), ...parts.flatMap(referencesIn)];
}

/** All definitions that can be reached, those that are mentioned first before others. */
function reachable(root: Schema): readonly string[] {
  const found = new Set(referencesIn({ ...root, definitions: undefined, $defs: undefined }));
  for (const name of found) {
    for (const next of referencesIn(definition(root, name))) {
      found.add(next);
    }
  }
  return [...found];
}

/**
 * A reference page of a JSON schema: a table of the fields of its root, and a section for each
 * definition with fields. A definition without fields (a list of words, a number) stands where it is used.
 *
 * @throws Error if the schema refers to what it does not define
 */
export function schemaReference(root: Schema, page: SchemaPage): string {
  const rootName = referenceName(root);
  const top = rootName === undefined ? root : definition(root, rootName);
  const names = reachable(root).filter((name) => {
    const schema = definition(root, name);
    return name !== rootName && (hasFields(root, schema) || isChoice(root, schema));
  });
  return generatedPage(
    page.source,
    `# ${page.title}`,
    page.introduction,
    fieldTable(root, top),
    ...names.map((name) => section(root, name)),
  );
}
