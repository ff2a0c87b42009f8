import { MINORS, type TypeTable } from "../model/minors";

export type { TypeTable };

/** Returns the type table of an Istio version, or of the known minor that is next to it. */
export function typeTable(version: string): TypeTable {
  return MINORS.types(version);
}
