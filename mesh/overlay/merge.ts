import { deepClone, getKey, isObject, type Json, type JsonObject, setKey } from "../common/json";
import { joinPath } from "../common/propertyPath";
import { describeLayer, type Layer } from "./layer";

/** Which layer set a field, and which layers it overrode (lowest precedence first). */
export interface FieldOrigin {
  readonly layer: string;
  readonly overrode: readonly { readonly layer: string; readonly value: Json }[];
}

/** The origin of every field, by property path (`spec.values.global.hub`). A list is one field. */
export type Provenance = Readonly<Record<string, FieldOrigin>>;

export interface MergedOverlay {
  readonly document: JsonObject;
  readonly provenance: Provenance;
}

interface Leaf {
  readonly value: Json;
  readonly origin: FieldOrigin;
}

/** Fields by path, in the order in which they were first set. */
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
 * A map replaces a single value. Nothing is lost if that value was an empty map. A scalar or a
 * list is overridden by each field of the new map.
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
  /** The scalar or list that this map replaced, at this path or above. */
  readonly overrode: FieldOrigin["overrode"];
}

/** Leaves out keys whose value is `undefined`, because they were not given. */
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
 * Merges layers in order. A later layer overrides an earlier one, key by key. Lists and scalars
 * are replaced as a whole, as istioctl does. The layers are not changed.
 *
 * The caller's order is the precedence: base < profile < platform < overlays < typed inputs <
 * settings.
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

/** Returns `over` merged on top of `base`, key by key, without provenance. Changes neither. */
export function mergeObjects(base: JsonObject, over: JsonObject): JsonObject {
  return mergeInto(base, over, { path: "", layer: "", leaves: new Map(), overrode: [] });
}
