import type { MeshInputs } from "./meshInputs";

/** What a revision tag is, as plain data. */
export interface TagInputs {
  /** Name of the tag; `default` also serves `istio-injection=enabled`, and validates. */
  readonly tag: string;
  /** Revision that the tag points to; empty for Istio's default revision. */
  readonly revision: string;
}

/** Inputs of a tag: its name, its target, and those of the mesh that the target belongs to. */
export type RevisionTagInputs = TagInputs & Omit<MeshInputs, "tag" | "revision" | "hub" | "ca">;
