import type { JsonObject } from "../common/json";
import type { SourceLines } from "./sourceLines";

/**
 * Where a layer comes from, lowest precedence first.
 *
 * - `base`: what a release compiles in (hub and tag) over Istio's `default` profile
 * - `profile`: the named profile
 * - `platform`: settings detected from the cluster
 * - `option`: a built-in overlay by name
 * - `file`: a user's overlay file
 * - `inline`: an overlay given as an object in a Pulumi program
 * - `inputs`: typed inputs of a component or of the stack configuration
 * - `set`: one `path=value` setting
 */
export type LayerKind =
  | "base"
  | "profile"
  | "platform"
  | "option"
  | "file"
  | "inline"
  | "inputs"
  | "set";

/** One IstioOperator document, or settings in the form of one, to be merged. */
export interface Layer {
  readonly kind: LayerKind;
  /** The name that the user knows: an option's name, a file's path, or the text of a setting. */
  readonly name: string;
  /** The IstioOperator CR: `metadata` and `spec`. */
  readonly document: JsonObject;
  /** The file that holds the layer. @default none, if the layer is not a file */
  readonly file?: string;
  /** The lines of its fields in that file. */
  readonly lines?: SourceLines;
}

/**
 * Returns a layer's kind and name for messages.
 *
 * @example
 * describeLayer({ kind: "option", name: "cni-gcp", document: {} }) // "option cni-gcp"
 */
export function describeLayer(layer: Pick<Layer, "kind" | "name">): string {
  return layer.kind === layer.name ? layer.kind : `${layer.kind} ${layer.name}`;
}
