import { join } from "node:path";
import ts from "typescript";
import { COMPONENTS, type ComponentName } from "../../provider/components";
import type { Schema } from "../docs/schemaReference";
import { plainText } from "../inputs/schema";

/** What the TypeScript class of a component says of it. */
export interface ComponentType {
  readonly description: string;
  /** The names of its args, in the order of their types. Each has its docstring. */
  readonly args: readonly ArgType[];
  /** Its outputs, as a JSON schema of an object. */
  readonly outputs: Schema;
}

interface ArgType {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
}

/** The types of all components, and the definitions to which the schemas of their outputs refer. */
export interface ComponentTypes {
  readonly components: Readonly<Record<ComponentName, ComponentType>>;
  readonly definitions: Readonly<Record<string, Schema>>;
}

/** An output that is an object of Outputs. Its type without them has this name. */
const OBJECTS_OF_OUTPUTS: Readonly<Record<string, string>> = { GkeMeshArgs: "GkeMeshInputs" };

const ENTRY = join("provider", "components.ts");

function programOf(root: string): ts.Program {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  return ts.createProgram([join(root, ENTRY)], options);
}

/** Reads the classes of the components, with the docstrings of their members. */
class ComponentReader {
  readonly definitions: Record<string, Schema> = {};
  private readonly checker: ts.TypeChecker;

  /** @param known names of types that have a definition already */
  constructor(
    private readonly program: ts.Program,
    private readonly known: ReadonlySet<string>,
  ) {
    this.checker = program.getTypeChecker();
  }

  read(root: string, name: ComponentName): ComponentType {
    const symbol = this.classOf(root, name);
    const type = this.checker.getTypeOfSymbol(symbol);
    const [construct] = type.getConstructSignatures();
    const args = construct?.parameters[1];
    if (construct === undefined || args === undefined) {
      throw new Error(`${name} has no constructor that takes args`);
    }
    return {
      description: this.documentation(symbol),
      args: this.checker
        .getTypeOfSymbol(args)
        .getProperties()
        .map((own) => this.argument(own)),
      outputs: this.outputs(construct.getReturnType()),
    };
  }

  private classOf(root: string, name: ComponentName): ts.Symbol {
    const folder = name === "GkeFoundation" ? join("components", "gke") : "components";
    const file = this.program.getSourceFile(join(root, folder, "index.ts"));
    const module = file && this.checker.getSymbolAtLocation(file);
    const found =
      module && this.checker.getExportsOfModule(module).find((own) => own.name === name);
    if (found === undefined) {
      throw new Error(`${folder}/index.ts does not export ${name}`);
    }
    return found.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(found) : found;
  }

  private documentation(symbol: ts.Symbol): string {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.checker));
    // A link that wraps a line holds the star of that line.
    return plainText(text.replace(/(\{@link\s+)\*\s+/g, "$1"));
  }

  private argument(symbol: ts.Symbol): ArgType {
    return {
      name: symbol.name,
      required: (symbol.flags & ts.SymbolFlags.Optional) === 0,
      description: this.described(symbol),
    };
  }

  /** The docstring with its default. */
  private described(symbol: ts.Symbol): string {
    const tag = symbol.getJsDocTags(this.checker).find(({ name }) => name === "default");
    const text = this.documentation(symbol);
    return tag === undefined ? text : withDefault(text, ts.displayPartsToString(tag.text));
  }

  private outputs(instance: ts.Type): Schema {
    const found = instance.getProperties().flatMap((symbol): [string, Schema][] => {
      const type = this.outputType(symbol);
      return type === undefined ? [] : [[symbol.name, this.property(symbol, type)]];
    });
    return { type: "object", properties: Object.fromEntries(found), required: requiredOf(found) };
  }

  /** What an output of a component holds. `undefined` for other members. */
  private outputType(symbol: ts.Symbol): ts.Type | undefined {
    const [declaration] = symbol.declarations ?? [];
    const isOwn = declaration && !declaration.getSourceFile().fileName.includes("node_modules");
    const tags = symbol.getJsDocTags(this.checker).map(({ name }) => name);
    if (!isOwn || !ts.isPropertyDeclaration(declaration) || tags.includes("internal")) {
      return undefined;
    }
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    if (ts.getCombinedModifierFlags(declaration) & hidden) {
      return undefined;
    }
    const type = this.checker.getTypeOfSymbol(symbol);
    const plain = OBJECTS_OF_OUTPUTS[type.aliasSymbol?.name ?? ""];
    if (plain !== undefined) {
      return this.typeNamed(plain);
    }
    const held = type.aliasSymbol?.name === "Output" ? type.aliasTypeArguments?.[0] : undefined;
    if (held === undefined) {
      throw new Error(`${symbol.name} is a public member that is no Output`);
    }
    return held;
  }

  private typeNamed(name: string): ts.Type {
    for (const file of this.program.getSourceFiles()) {
      const module = this.checker.getSymbolAtLocation(file);
      const found = module?.exports?.get(name as ts.__String);
      if (found !== undefined && (found.flags & ts.SymbolFlags.Interface) !== 0) {
        return this.checker.getDeclaredTypeOfSymbol(found);
      }
    }
    throw new Error(`there is no interface ${name}`);
  }

  private property(symbol: ts.Symbol, type: ts.Type): Schema {
    const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0 || includesUndefined(type);
    const description = this.documentation(symbol);
    return {
      ...this.schemaOf(this.checker.getNonNullableType(type)),
      ...(description !== "" && { description }),
      ...(isOptional && { optional: true }),
    };
  }

  private schemaOf(type: ts.Type): Schema & { optional?: boolean } {
    const alias = type.aliasSymbol?.name;
    const name = alias ?? type.symbol?.name ?? "";
    if (this.known.has(name) || name in this.definitions) {
      return { $ref: `#/definitions/${name}` };
    }
    if (type.flags & ts.TypeFlags.String) {
      return { type: "string" };
    }
    if (type.flags & ts.TypeFlags.Number) {
      return { type: "number" };
    }
    if (type.flags & (ts.TypeFlags.Boolean | ts.TypeFlags.BooleanLiteral)) {
      return { type: "boolean" };
    }
    if (type.isStringLiteral()) {
      return { type: "string", enum: [type.value] };
    }
    return this.objectSchema(type, name);
  }

  private objectSchema(type: ts.Type, name: string): Schema {
    if (this.checker.isArrayType(type)) {
      const [item] = this.checker.getTypeArguments(type as ts.TypeReference);
      return { type: "array", items: this.schemaOf(item as ts.Type) };
    }
    const values = this.checker.getIndexInfoOfType(type, ts.IndexKind.String);
    if (values !== undefined) {
      return { type: "object", additionalProperties: this.schemaOf(values.type) };
    }
    const properties = type
      .getProperties()
      .map((own): [string, Schema] => [
        own.name,
        this.property(own, this.checker.getTypeOfSymbol(own)),
      ]);
    if (properties.length === 0) {
      throw new Error(`cannot say what ${this.checker.typeToString(type)} is in a schema`);
    }
    const symbol = type.aliasSymbol ?? type.symbol;
    const description = symbol === undefined ? "" : this.documentation(symbol);
    const schema: Schema = {
      type: "object",
      properties: Object.fromEntries(properties),
      required: requiredOf(properties),
      ...(description !== "" && { description }),
    };
    if (name === "" || name.startsWith("__")) {
      return schema;
    }
    this.definitions[name] = schema;
    return { $ref: `#/definitions/${name}` };
  }
}

function includesUndefined(type: ts.Type): boolean {
  return type.isUnion() && type.types.some(({ flags }) => (flags & ts.TypeFlags.Undefined) !== 0);
}

function requiredOf(properties: readonly (readonly [string, Schema])[]): string[] {
  return properties
    .filter(([, schema]) => (schema as { optional?: boolean }).optional !== true)
    .map(([name]) => name);
}

/** @example withDefault("Port of the collector.", "4317") // "Port of the collector. Default: `4317`." */
export function withDefault(text: string, value: string): string {
  const words = plainText(value);
  const shown = /^(?:"[^"]*"|true|false|-?[\d.]+|\[.*\]|\{.*\})$/.test(words)
    ? `\`${words}\``
    : words;
  return [text, `Default: ${shown}.`].filter((part) => part !== "").join(" ");
}

/**
 * Reads the args and outputs of every component from its TypeScript class.
 *
 * @param root the project's folder
 * @param known names of types that the schema of the inputs defines
 */
export function componentTypes(root: string, known: ReadonlySet<string>): ComponentTypes {
  const reader = new ComponentReader(programOf(root), known);
  const names = Object.keys(COMPONENTS) as ComponentName[];
  const components = Object.fromEntries(names.map((name) => [name, reader.read(root, name)]));
  return {
    components: components as Record<ComponentName, ComponentType>,
    definitions: reader.definitions,
  };
}
