import type { MeshInputs } from "./meshInputs";

/** The name of a revision tag and its revision, as plain data. */
export interface TagInputs {
  /**
   * Name of the tag. The tag `default` also injects pods with `istio-injection=enabled`, and has
   * the default validator.
   */
  readonly tag: string;
  /** Revision to which the tag points. Empty for Istio's default revision. */
  readonly revision: string;
}

/** Inputs of a tag: its name, its revision, and the inputs of the mesh with that revision. */
export type RevisionTagInputs = TagInputs & Omit<MeshInputs, "tag" | "revision" | "hub" | "ca">;
