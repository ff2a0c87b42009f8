import types123 from "../data/schema/1.23.json";
import types126 from "../data/schema/1.26.json";
import types128 from "../data/schema/1.28.json";
import types129 from "../data/schema/1.29.json";
import { minorFacts } from "../model/versions";

/**
 * The types against which one version of istioctl checks an IstioOperator. A type is its fields by
 * name, each with the name of a type: a scalar, `list<T>`, `map<T>`, an enum, or another one of
 * these.
 *
 * Source: Istio's own Go module of that version; `toolchain/go/schema` prints the tables.
 */
export interface TypeTable {
  readonly roots: Readonly<Record<"operator" | "values" | "meshConfig", string>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The files are large. As plain records, they cost the compiler nothing. */
const TABLES = {
  "1.23": types123,
  "1.26": types126,
  "1.28": types128,
  "1.29": types129,
} as unknown as Readonly<Record<string, TypeTable>>;

/**
 * Returns the type table of an Istio version. A minor version without its own table names that of
 * another one in `data/versions.json`.
 */
export function typeTable(version: string): TypeTable {
  const { types } = minorFacts(version);
  const table = TABLES[types];
  if (table === undefined) {
    throw new Error(`data/schema has no types of Istio ${types}`);
  }
  return table;
}
