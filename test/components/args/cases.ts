import ts from "typescript";

/** One value for the args of a component, as a line of TypeScript, and whether tsc has to take it. */
export interface Case {
  /** Component and path, such as `Gateway: service.ports[].port takes an Output`. */
  readonly title: string;
  readonly component: string;
  readonly value: string;
  /** What tsc has to say; absent where it has to take the value. */
  readonly refused?: RegExp;
}

/** A component with the type of its args. */
export interface ComponentArgs {
  readonly name: string;
  readonly args: ts.Type;
  /** The names of the constructor's parameters, for each of its signatures. */
  readonly parameters: readonly (readonly string[])[];
}

/** A key that no args have. */
const TYPO = "notAKey";

/** What the parts of Pulumi's `Input<T>` beside `T` are called. */
const WRAPPERS = ["Promise", "OutputInstance"];

/** The exported classes of a module whose second parameter are args. */
export function componentsOf(module: ts.SourceFile, checker: ts.TypeChecker): ComponentArgs[] {
  const symbol = checker.getSymbolAtLocation(module);
  const exported = symbol === undefined ? [] : checker.getExportsOfModule(symbol);
  return exported.flatMap((one) => {
    const target = one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one;
    if (!(target.flags & ts.SymbolFlags.Class)) {
      return [];
    }
    const signatures = checker.getTypeOfSymbol(target).getConstructSignatures();
    const args = signatures[0]?.parameters[1];
    const parameters = signatures.map((own) => own.parameters.map(({ name }) => name));
    return args === undefined
      ? []
      : [{ name: one.name, args: checker.getTypeOfSymbol(args), parameters }];
  });
}

/** Writes cases for every field, at any depth, of the args of components. */
export class CaseWriter {
  readonly cases: Case[] = [];

  constructor(private readonly checker: ts.TypeChecker) {}

  add({ name, args }: ComponentArgs): void {
    this.addFields(this.objectsIn(args), { component: name, path: "", within: (value) => value });
  }

  /** The members of `T` in an `Input<T>`. */
  private members(type: ts.Type): ts.Type[] {
    const all = type.isUnion() ? type.types : [type];
    return all.filter((one) => !WRAPPERS.includes(one.symbol?.name ?? ""));
  }

  private objectsIn(type: ts.Type): ts.Type[] {
    return this.members(type).filter((one) => isObject(one) && this.hasPlainFields(one));
  }

  /** A member of a union also has a type with its tag as an Output alone; its plain twin is enough. */
  private hasPlainFields(type: ts.Type): boolean {
    return type.getProperties().every((one) => this.members(this.typeOf(one)).length > 0);
  }

  private typeOf(property: ts.Symbol): ts.Type {
    return this.checker.getTypeOfSymbol(property);
  }

  private elementOf(type: ts.Type): ts.Type | undefined {
    return this.checker.isArrayType(type)
      ? this.checker.getTypeArguments(type as ts.TypeReference)[0]
      : undefined;
  }

  /** `T` of an `Input<T>` as text, without any Output in it. */
  private plainText(type: ts.Type, above: readonly ts.Type[] = []): string {
    const plain = this.members(type).filter((one) => !isObject(one) || this.hasPlainFields(one));
    const texts = plain.map((one) => {
      if (above.includes(one)) {
        return "any";
      }
      return isObject(one) ? this.objectText(one, [...above, one]) : this.checker.typeToString(one);
    });
    return [...new Set(texts)].join(" | ");
  }

  private objectText(type: ts.Type, above: readonly ts.Type[]): string {
    const element = this.elementOf(type);
    if (element !== undefined) {
      return `readonly (${this.plainText(element, above)})[]`;
    }
    const index = type.getStringIndexType();
    const others = index === undefined ? [] : [`[key: string]: ${this.plainText(index, above)}`];
    const fields = type.getProperties().map((property) => {
      const mark = isOptional(property) ? "?" : "";
      return `${property.name}${mark}: ${this.plainText(this.typeOf(property), above)}`;
    });
    return `{ ${[...fields, ...others].map((field) => `readonly ${field}`).join("; ")} }`;
  }

  /** A value of the type, with no more in it than has to be. */
  private sample(type: ts.Type): string {
    const [first] = this.members(type).filter((one) => !(one.flags & ts.TypeFlags.Undefined));
    if (first === undefined) {
      return "undefined";
    }
    if (first.flags & ts.TypeFlags.String) {
      return '"text"';
    }
    if (first.flags & ts.TypeFlags.Number) {
      return "1";
    }
    if (!isObject(first)) {
      return this.checker.typeToString(first);
    }
    return this.elementOf(first) === undefined ? `{ ${this.required(first).join(", ")} }` : "[]";
  }

  /** The fields that an object must have, but for one. */
  private required(type: ts.Type, but?: ts.Symbol): string[] {
    return type
      .getProperties()
      .filter((property) => property !== but && !isOptional(property))
      .map((property) => `${property.name}: ${this.sample(this.typeOf(property))}`);
  }

  private addFields(objects: readonly ts.Type[], place: Place, above: readonly ts.Type[] = []) {
    for (const object of objects) {
      this.addTypo(object, place);
      for (const property of object.getProperties()) {
        const others = this.required(object, property);
        this.addValues(
          this.typeOf(property),
          {
            component: place.component,
            path: place.path === "" ? property.name : `${place.path}.${property.name}`,
            within: (value) =>
              place.within(`{ ${[...others, `${property.name}: ${value}`].join(", ")} }`),
          },
          [...above, object],
        );
      }
    }
  }

  private addTypo(object: ts.Type, place: Place): void {
    if (object.getStringIndexType() === undefined) {
      const fields = [...this.required(object), `${TYPO}: 1`];
      this.cases.push({
        ...titled(place, "refuses a key that is not there"),
        value: place.within(`{ ${fields.join(", ")} }`),
        refused: new RegExp(TYPO),
      });
    }
  }

  private addValues(type: ts.Type, place: Place, above: readonly ts.Type[]): void {
    const plain = this.plainText(type);
    this.cases.push(
      { ...titled(place, "takes a plain value"), value: place.within(`a<${plain}>()`) },
      { ...titled(place, "takes an Output"), value: place.within(`a<Output<${plain}>>()`) },
      {
        ...titled(place, "refuses an Output of something else"),
        value: place.within("a<Output<symbol>>()"),
        refused: /symbol/,
      },
    );
    for (const object of this.objectsIn(type).filter((one) => !above.includes(one))) {
      this.addContent(object, place, [...above, object]);
    }
  }

  private addContent(object: ts.Type, place: Place, above: readonly ts.Type[]): void {
    const element = this.elementOf(object);
    const index = object.getStringIndexType();
    if (element !== undefined) {
      const within = (one: string) => place.within(`[${one}]`);
      this.addValues(element, { ...place, path: `${place.path}[]`, within }, above);
      return;
    }
    if (index !== undefined) {
      const [path, fields] = [`${place.path}.*`, this.required(object)];
      const within = (one: string) => place.within(`{ ${[...fields, `key: ${one}`].join(", ")} }`);
      this.addValues(index, { ...place, path, within }, above);
    }
    this.addFields(object.getProperties().length > 0 ? [object] : [], place, above);
  }
}

/** Where in the args of a component a value goes. */
interface Place {
  readonly component: string;
  readonly path: string;
  /** The args with the value there. */
  within(value: string): string;
}

function titled({ component, path }: Place, what: string): Pick<Case, "title" | "component"> {
  return { component, title: `${component}: ${path === "" ? "" : `${path} `}${what}` };
}

function isObject(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
}

function isOptional(property: ts.Symbol): boolean {
  return (property.flags & ts.SymbolFlags.Optional) !== 0;
}
