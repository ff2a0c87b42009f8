import type { Schema } from "../docs/schemaReference";
import { withDefault } from "./componentTypes";

/** A type in a Pulumi package schema. */
export interface TypeSpec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: TypeSpec;
  readonly additionalProperties?: TypeSpec;
  readonly oneOf?: readonly TypeSpec[];
  readonly discriminator?: {
    readonly propertyName: string;
    readonly mapping: Readonly<Record<string, string>>;
  };
}

/** A property of an object or of a resource in a Pulumi package schema. */
export interface PropertySpec extends TypeSpec {
  readonly description?: string;
  readonly const?: unknown;
  readonly secret?: boolean;
  readonly deprecationMessage?: string;
}

/** An object type or an enum in a Pulumi package schema. */
export interface ComplexTypeSpec {
  readonly type: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, PropertySpec>>;
  readonly required?: readonly string[];
  readonly enum?: readonly { readonly name?: string; readonly value: unknown }[];
}

/** Any value: Istio's and Kubernetes' own data. */
const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };

const REFERENCE = "#/definitions/";

/**
 * Names of TypeScript types whose own name, without `Inputs`, would be that of a component, or end
 * like a name that Pulumi's generators make in Go (`GatewayServiceOutput`).
 */
const RENAMED: Readonly<Record<string, string>> = {
  GatewayInputs: "GatewaySettings",
  CniInputs: "CniSettings",
  GatewayServiceOutput: "GatewayServiceStatus",
  MeshNamespaceOutput: "MeshNamespaceStatus",
  StackTarget: "Target",
};

/** The name of a type in the schema, without its token's start. */
export function typeName(definition: string): string {
  return RENAMED[definition] ?? definition.replace(/(?:Component)?Inputs$/, "");
}

function capitalized(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/**
 * Members of an enum need a name in each language. The generators make one of most values; of
 * `STRICT`, they would make `MtlsModeSTRICT` in Go.
 */
function enumMember(value: unknown) {
  const word = String(value);
  if (/^\d/.test(word)) {
    return { name: `V${word.replace(/\W/g, "_")}`, value };
  }
  return /^[A-Z_]+$/.test(word) ? { name: capitalized(word.toLowerCase()), value } : { value };
}

/**
 * The types of a Pulumi package schema, made from the JSON schemas of TypeScript types. An object or
 * enum without a name of its own is named after the type and the property that it stands in.
 */
export class PulumiTypes {
  readonly types: Record<string, ComplexTypeSpec> = {};
  /** Tokens of unnamed types, by the property's name and what they are. */
  private readonly unnamed = new Map<string, string>();

  /**
   * @param definitions the JSON schemas by their name
   * @param tokenOf returns the token of a type from its name
   */
  constructor(
    private readonly definitions: Readonly<Record<string, Schema>>,
    private readonly tokenOf: (name: string) => string,
  ) {}

  /**
   * Returns what a value may be.
   *
   * @param owner name of the type that the value belongs to
   * @param property the property that holds it
   */
  typeOf(schema: Schema, owner: string, property: string): TypeSpec {
    const name = schema.$ref?.slice(REFERENCE.length);
    if (name !== undefined) {
      return this.named(name);
    }
    if (schema.enum !== undefined || schema.const !== undefined) {
      return this.words(schema, owner, property);
    }
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) {
      return this.union(choices, owner, property);
    }
    return this.plain(schema, owner, property);
  }

  /** The properties of an object. */
  properties(schema: Schema, owner: string): Record<string, PropertySpec> {
    const found = Object.entries(schema.properties ?? {}).map(([name, own]) => {
      const isTag = own.const !== undefined && schema.required?.includes(name) === true;
      const type = isTag ? { type: "string", const: own.const } : this.typeOf(own, owner, name);
      const isSecret = "secret" in own;
      return [name, { ...type, ...this.described(own), ...(isSecret && { secret: true }) }];
    });
    return Object.fromEntries(found);
  }

  /** What a property means. One without a docstring has that of its type. */
  private described(schema: Schema): ReturnType<typeof descriptionOf> {
    const { description = this.resolved(schema).description } = schema;
    return descriptionOf({ ...schema, description: description ?? "" });
  }

  private plain(schema: Schema, owner: string, property: string): TypeSpec {
    const { type, items, additionalProperties } = schema;
    if (type === undefined) {
      return ANY;
    }
    if (Array.isArray(type)) {
      return { oneOf: type.map((own) => ({ type: own })) };
    }
    if (type === "array") {
      return { type, items: this.typeOf(items as Schema, owner, property) };
    }
    if (type !== "object") {
      return { type: type as string };
    }
    if (schema.properties !== undefined && additionalProperties !== true) {
      return this.object(schema, owner, property);
    }
    const values = typeof additionalProperties === "object" ? additionalProperties : {};
    return { type, additionalProperties: this.typeOf(values, owner, property) };
  }

  private named(name: string): TypeSpec {
    const schema = this.definitions[name];
    if (schema === undefined) {
      throw new Error(`the schema of the inputs has no definition ${name}`);
    }
    if (typeof schema.additionalProperties === "object" && schema.properties !== undefined) {
      // A Kubernetes object: its named fields and any others.
      return { type: "object", additionalProperties: ANY };
    }
    if (schema.properties === undefined && schema.enum === undefined) {
      return this.typeOf(schema, "", typeName(name));
    }
    const token = this.tokenOf(typeName(name));
    if (!(token in this.types)) {
      this.register(token, schema, typeName(name));
    }
    return { $ref: `#/types/${token}` };
  }

  private register(token: string, schema: Schema, name: string): void {
    const { description } = schema;
    if (schema.properties === undefined) {
      const values = schema.enum ?? [schema.const];
      this.types[token] = { type: "string", ...text(description), enum: values.map(enumMember) };
      return;
    }
    // Its name is taken first: a type may refer to itself.
    this.types[token] = { type: "object" };
    const properties = this.properties(schema, name);
    const required = Object.keys(properties).filter((own) => schema.required?.includes(own));
    this.types[token] = {
      type: "object",
      ...text(description),
      properties,
      ...(required.length > 0 && { required }),
    };
  }

  /** An unnamed type. The same one is registered once, wherever it stands. */
  private unnamedType(schema: Schema, owner: string, property: string): TypeSpec {
    const { description: _, default: __, defaultText: ___, ...rest } = schema;
    const key = `${property} ${JSON.stringify(rest)}`;
    const name = `${owner}${capitalized(property)}`;
    const token = this.unnamed.get(key) ?? this.tokenOf(name);
    if (!this.unnamed.has(key)) {
      if (token in this.types) {
        throw new Error(`two types of the schema would be named ${token}`);
      }
      this.unnamed.set(key, token);
      this.register(token, schema, name);
    }
    return { $ref: `#/types/${token}` };
  }

  private object(schema: Schema, owner: string, property: string): TypeSpec {
    return this.unnamedType(schema, owner, property);
  }

  private words(schema: Schema, owner: string, property: string): TypeSpec {
    const values = schema.enum ?? [schema.const];
    return values.every((value) => typeof value === "string")
      ? this.unnamedType({ ...schema, enum: values }, owner, property)
      : { type: schema.type as string };
  }

  /** @param property the name of the union, if it has one */
  private union(choices: readonly Schema[], owner: string, property: string): TypeSpec {
    const tag = tagOf(choices.map((choice) => this.resolved(choice)));
    if (tag === undefined) {
      return { oneOf: choices.map((choice) => this.choice(choice, owner, property)) };
    }
    const members = choices.map((choice) => {
      const value = String(this.resolved(choice).properties?.[tag]?.const);
      const name = `${owner}${capitalized(property)}`;
      const type =
        choice.$ref === undefined
          ? this.unnamedType(choice, name, value)
          : this.typeOf(choice, owner, property);
      return [value, type] as const;
    });
    const mapping = members.map(([value, { $ref }]) => [value, $ref as string] as const);
    return {
      oneOf: members.map(([, type]) => type),
      discriminator: { propertyName: tag, mapping: Object.fromEntries(mapping) },
    };
  }

  /** Words among other values are plain text: their allowed values are in the description. */
  private choice(schema: Schema, owner: string, property: string): TypeSpec {
    return schema.enum !== undefined || schema.const !== undefined
      ? { type: "string" }
      : this.typeOf(schema, owner, property);
  }

  private resolved(schema: Schema): Schema {
    const name = schema.$ref?.slice(REFERENCE.length);
    const found = name === undefined ? undefined : this.definitions[name];
    return found === undefined ? schema : this.resolved(found);
  }
}

/** The property with one fixed text in each of several objects, such as `kind`. */
function tagOf(choices: readonly Schema[]): string | undefined {
  const [first = [], ...others] = choices.map(({ properties = {} }) =>
    Object.entries(properties)
      .filter(([, { const: value }]) => value !== undefined)
      .map(([name]) => name),
  );
  return first.find((name) => others.every((names) => names.includes(name)));
}

function text(description: string | undefined) {
  return description === undefined || description === "" ? {} : { description };
}

/**
 * What a property means, with its default in words. A `default` in the schema would make programs
 * send it, and a typed input takes precedence over overlays.
 */
function descriptionOf(schema: Schema): Pick<PropertySpec, "description" | "deprecationMessage"> {
  const { description = "", default: value, defaultText, deprecated } = schema;
  const words = value === undefined ? defaultText : JSON.stringify(value);
  const whole = words === undefined ? description : withDefault(description, words);
  const message = typeof deprecated === "string" ? deprecated : "It has no effect any more.";
  return {
    ...text(whole),
    ...(deprecated !== undefined && deprecated !== false && { deprecationMessage: message }),
  };
}
