import { isObject, type Json } from "../common/json";
import { InvalidInput } from "../common/problem";
import { joinPath } from "../common/propertyPath";
import { didYouMean } from "../common/suggest";
import { getPath } from "../k8s/path";
import { describeLayer, type Layer } from "../overlay/layer";
import { segmentsOfPath } from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";
import { became } from "./became";

/** A layer, and the value that it set. */
export interface Given {
  readonly layer: string;
  /** `FILE:LINE` of the field, if the layer is written in a file. */
  readonly place?: string;
  readonly value: Json;
}

/** Which layer set a field of the merged document, and what the field became. */
export interface ExplainedField extends Given {
  readonly path: string;
  /** The overridden layers, lowest precedence first. */
  readonly overrode: readonly Given[];
  readonly became: readonly string[];
}

/** Finds the place of a field in a layer that is not a file; see `stackPlaces`. */
export type PlaceFinder = (
  layer: Layer,
  segments: readonly (string | number)[],
) => string | undefined;

function placeIn(layer: Layer | undefined, path: string, elsewhere: PlaceFinder) {
  const segments = segmentsOfPath(path);
  if (layer?.file === undefined) {
    return layer && elsewhere(layer, segments);
  }
  const line = layer.lines?.of(segments);
  return line === undefined ? layer.file : `${layer.file}:${line}`;
}

function given(layer: string, place: string | undefined, value: Json): Given {
  return { layer, ...(place !== undefined && { place }), value };
}

/**
 * The merge treats a list of gateways as one field, but users look for the fields of one gateway.
 */
function isGatewayList(path: string): boolean {
  return /^spec\.components\.(ingress|egress)Gateways$/.test(path);
}

function leavesOf(value: Json, path: string): [string, Json][] {
  if (isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, joinPath(path, key)));
  }
  return [[path, value]];
}

function fieldsOf(path: string, value: Json): [string, Json][] {
  return isGatewayList(path) && Array.isArray(value) && value.length > 0
    ? value.flatMap((item, index) => leavesOf(item, `${path}[${index}]`))
    : [[path, value]];
}

/** Every layer has these fields. */
const HEAD = ["apiVersion", "kind"];

/**
 * Explains every field of a mesh's merged document, in the order of the document.
 *
 * @param elsewhere finds the place of fields that are not in an overlay file @default no place
 * @example
 * explainMesh(resolveMesh({ version: "1.31.0", overlays: ["cni-gcp"] })).at(-1)
 * // { path: "spec.values.cni.cniBinDir", layer: "option cni-gcp", place: "overlays/options/cni-gcp.yaml:11", … }
 */
export function explainMesh(
  mesh: ResolvedMesh,
  elsewhere: PlaceFinder = () => undefined,
): ExplainedField[] {
  const layers = new Map(mesh.fullLayers.map((layer) => [describeLayer(layer), layer]));
  const leaves = Object.entries(mesh.provenance).filter(([leaf]) => !HEAD.includes(leaf));
  const fields = leaves.flatMap(([leaf, origin]) => {
    const whole = getPath(mesh.document, leaf) ?? null;
    const overrode = origin.overrode.map(({ layer, value }) =>
      given(layer, placeIn(layers.get(layer), leaf, elsewhere), value),
    );
    return fieldsOf(leaf, whole).map(([path, value]) => ({
      path,
      ...given(origin.layer, placeIn(layers.get(origin.layer), path, elsewhere), value),
      overrode,
      became: became(mesh, path, value),
    }));
  });
  return fields.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Returns a path and all of its parents. */
function withParents(path: string): string[] {
  const parts = path.split(/(?<!\\)\.|(?=\[)/);
  return parts.map((_, index) => parts.slice(0, index + 1).reduce(rejoin));
}

function rejoin(left: string, right: string): string {
  return right.startsWith("[") ? `${left}${right}` : `${left}.${right}`;
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`);
}

/**
 * Returns the fields at or below a path. The path may leave out `spec`.
 *
 * @throws InvalidInput if there are none, with the most similar path
 * @example selectFields(fields, "values.cni") // those of spec.values.cni
 */
export function selectFields(
  fields: readonly ExplainedField[],
  path: string,
): readonly ExplainedField[] {
  const wanted = [path, `spec.${path}`];
  const found = fields.filter((field) => wanted.some((prefix) => isBelow(field.path, prefix)));
  if (found.length > 0) {
    return found;
  }
  const known = [...new Set(fields.flatMap((field) => withParents(field.path)))];
  const fix = didYouMean(path, known) ?? didYouMean(`spec.${path}`, known);
  const reason = "no layer sets this field, or one below it";
  throw new InvalidInput([{ source: "--field", path, reason, fix }]);
}
