import { deepClone, getKey, isObject, type Json, type JsonObject, setKey } from "../common/json";
import { joinPath } from "../common/propertyPath";
import { describeLayer, type Layer } from "./layer";

/** Which layer set a field, and which it overrode (lowest precedence first). */
export interface FieldOrigin {
  readonly layer: string;
  readonly overrode: readonly { readonly layer: string; readonly value: Json }[];
}

/** The origin of every leaf, by property path (`spec.values.global.hub`). A list is one leaf. */
export type Provenance = Readonly<Record<string, FieldOrigin>>;

export interface MergedOverlay {
  readonly document: JsonObject;
  readonly provenance: Provenance;
}

interface Leaf {
  readonly value: Json;
  readonly origin: FieldOrigin;
}

/** Leaves in the order in which they were first set, by path. */
type Leaves = Map<string, Leaf>;

function isLeaf(value: Json): boolean {
  return !isObject(value) || Object.keys(value).length === 0;
}

function leavesBelow(leaves: Leaves, path: string): [string, Leaf][] {
  const prefix = `${path}.`;
  return [...leaves].filter(([key]) => key === path || key.startsWith(prefix));
}

function recordLeaf(context: Context, path: string, value: Json, isNew: boolean): void {
  const { leaves, layer } = context;
  const replaced = isNew ? [] : leavesBelow(leaves, path);
  const overrode = [
    ...context.overrode,
    ...replaced.flatMap(([, leaf]) => [
      ...leaf.origin.overrode,
      { layer: leaf.origin.layer, value: leaf.value },
    ]),
  ];
  for (const [key] of replaced) {
    leaves.delete(key);
  }
  leaves.set(path, { value, origin: { layer, overrode } });
}

/**
 * A map goes where a leaf was. An empty map loses nothing by it; a scalar or a list is overridden
 * by each of the map's leaves.
 */
function overriddenLeaf(leaves: Leaves, path: string): FieldOrigin["overrode"] {
  const leaf = leaves.get(path);
  leaves.delete(path);
  return leaf === undefined || isObject(leaf.value)
    ? []
    : [...leaf.origin.overrode, { layer: leaf.origin.layer, value: leaf.value }];
}

interface Context {
  readonly path: string;
  readonly layer: string;
  readonly leaves: Leaves;
  /** What a scalar or a list above this map was before the map took its place. */
  readonly overrode: FieldOrigin["overrode"];
}

/** Keys whose value is `undefined` were not given. */
function givenEntries(over: JsonObject): [string, Json][] {
  return Object.entries(over).filter(([, value]) => value !== undefined);
}

function mergeInto(base: JsonObject, over: JsonObject, context: Context): JsonObject {
  const result: JsonObject = { ...base };
  for (const [key, value] of givenEntries(over)) {
    const path = joinPath(context.path, key);
    const existing = getKey(result, key);
    if (isObject(value) && !isLeaf(value)) {
      const overrode = [...context.overrode, ...overriddenLeaf(context.leaves, path)];
      const below = isObject(existing) ? existing : {};
      setKey(result, key, mergeInto(below, value, { ...context, path, overrode }));
    } else if (isObject(value) && isObject(existing)) {
      // An empty map over a map changes nothing.
    } else {
      setKey(result, key, deepClone(value));
      recordLeaf(context, path, value, existing === undefined);
    }
  }
  return result;
}

/**
 * Merges layers in order; a later one overrides an earlier one, key by key. Lists and scalars are
 * replaced whole, as istioctl does. The layers are not changed.
 *
 * Precedence is the caller's order: base < profile < platform < overlays < typed inputs < settings.
 *
 * @example
 * mergeLayers([profile, { kind: "option", name: "cni-gcp", document }]).provenance["spec.values.cni.cniBinDir"]
 * // { layer: "option cni-gcp", overrode: [] }
 * @see Istio `operator/pkg/values` (MergeFrom) and `operator/pkg/render` (MergeInputs)
 */
export function mergeLayers(layers: readonly Layer[]): MergedOverlay {
  const leaves: Leaves = new Map();
  let document: JsonObject = {};
  for (const layer of layers) {
    document = mergeInto(document, layer.document, {
      path: "",
      layer: describeLayer(layer),
      leaves,
      overrode: [],
    });
  }
  const provenance = Object.fromEntries([...leaves].map(([path, leaf]) => [path, leaf.origin]));
  return { document, provenance };
}

/** `over` on top of `base`, key by key, without provenance. Neither is changed. */
export function mergeObjects(base: JsonObject, over: JsonObject): JsonObject {
  return mergeInto(base, over, { path: "", layer: "", leaves: new Map(), overrode: [] });
}
