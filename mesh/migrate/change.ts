import type { Document } from "yaml";

/** One thing that was rewritten. */
export interface Change {
  /** Path from the root of the CR, as it was. */
  readonly from: string;
  readonly line?: number;
  /** Where it went; absent when it was taken out. */
  readonly to?: string;
  readonly why: string;
  /** Page that says so. */
  readonly source: string;
  /** What is left to do. */
  readonly byHand?: string;
}

/** A document on its way. */
export interface MigrationContext {
  readonly document: Document.Parsed;
  readonly lineOf: (segments: readonly string[]) => number | undefined;
  readonly changes: Change[];
}
