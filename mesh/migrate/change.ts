import type { Document } from "yaml";

/** One field that was rewritten. */
export interface Change {
  /** The path before the change, from the root of the CR. */
  readonly from: string;
  readonly line?: number;
  /** The new path. Absent if the field was removed. */
  readonly to?: string;
  readonly why: string;
  /** The page that documents the change. */
  readonly source: string;
  /** What changes in the rendered objects. Absent where they stay the same, or where there were none. */
  readonly effect?: string;
  /** What the user still has to do. */
  readonly byHand?: string;
}

/** A document that is being migrated. */
export interface MigrationContext {
  readonly document: Document.Parsed;
  readonly lineOf: (segments: readonly string[]) => number | undefined;
  readonly changes: Change[];
}
