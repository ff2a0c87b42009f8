import type { Json } from "../common/json";

/** A problem inside one document. The caller adds the source and the line. */
export interface SchemaFinding {
  readonly segments: readonly (string | number)[];
  readonly value?: Json;
  readonly reason: string;
  readonly allowed?: string;
  readonly fix?: string;
  readonly see?: string;
}
