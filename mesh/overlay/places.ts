import type { Json, JsonObject } from "../common/json";
import { type Problem, sourceText } from "../common/problem";
import { pathText, splitPath } from "../common/propertyPath";
import { getPath } from "../k8s/path";
import { describeLayer, type Layer, type LayerKind } from "./layer";

/** A merged spec with the layers that it was merged from, the lowest first. */
export interface LayeredSpec {
  readonly document: JsonObject;
  readonly fullLayers: readonly Layer[];
}

/** Layers that a user writes; the others come with a release, a profile or a platform. */
const OF_USERS: readonly LayerKind[] = ["option", "file", "inline", "inputs", "set"];

/** Whether a layer is one that a user writes. */
export function isOfUser({ kind }: Pick<Layer, "kind">): boolean {
  return OF_USERS.includes(kind);
}

/** A field of the merged spec whose value comes from a layer of the user. */
export interface UserSetting {
  /** From the root of the CR, such as `spec.values.global.hub`. */
  readonly path: string;
  readonly value: Json;
  readonly layer: Layer;
}

/** The last layer that sets a field to anything, null included. */
function lastLayer(
  { fullLayers }: Pick<LayeredSpec, "fullLayers">,
  path: string,
): Layer | undefined {
  return [...fullLayers].reverse().find(({ document }) => getPath(document, path) !== undefined);
}

/** What the user has set at a path; `undefined` where the value comes from a profile or from nowhere. */
export function userSetting(mesh: LayeredSpec, path: string): UserSetting | undefined {
  const layer = lastLayer(mesh, path);
  const value = getPath(mesh.document, path);
  return layer === undefined || value === undefined || !isOfUser(layer)
    ? undefined
    : { path, value, layer };
}

/** File and line, or the name, of what sets a field. */
export function placeOf(
  { layer }: Pick<UserSetting, "layer">,
  segments: readonly (string | number)[],
): Pick<Problem, "source" | "line" | "path"> {
  return {
    source: layer.file ?? describeLayer(layer),
    line: layer.lines?.of(segments),
    path: pathText(segments),
  };
}

/**
 * The keys and indices of a path in messages.
 *
 * @example
 * segmentsOfPath("k8s.overlays[0]") // ["k8s", "overlays", 0]
 */
export function segmentsOfPath(path: string): (string | number)[] {
  return splitPath(path).map((segment) => {
    const index = /^\[(\d+)\]$/.exec(segment)?.[1];
    return index === undefined ? segment : Number(index);
  });
}

/**
 * A problem whose source is a layer's name, with the line of the file where the layer is one.
 *
 * @example
 * withLine(layers)({ source: "file a.yaml", path: "spec.hub", reason: "is wrong" }).line // 4
 */
export function withLine(layers: readonly Layer[]): (problem: Problem) => Problem {
  return (problem) => {
    const layer = layers.find(
      (one) => one.kind === "file" && describeLayer(one) === problem.source,
    );
    return layer === undefined
      ? problem
      : { ...problem, ...placeOf({ layer }, segmentsOfPath(problem.path)) };
  };
}

/** A setting in one line, with its place: `spec.values.global.hub: "b" (b.yaml:7)`. */
export function describeSetting(setting: UserSetting): string {
  const place = placeOf(setting, splitPath(setting.path));
  return `${place.path}: ${JSON.stringify(setting.value)} (${sourceText(place)})`;
}

/** A problem at a field that the user has set. */
export function problemAt(
  setting: UserSetting,
  { reason, fix, see }: Pick<Problem, "reason" | "fix" | "see">,
): Problem {
  return {
    ...placeOf(setting, splitPath(setting.path)),
    value: setting.value,
    reason,
    ...(fix !== undefined && { fix }),
    ...(see !== undefined && { see }),
  };
}

/**
 * The entry of a component in the merged spec, and where it stands: an item of the list of gateways, or
 * the component's own map.
 */
export interface ComponentPlace {
  /** From the root of the CR, such as `["spec", "components", "ingressGateways", 0]`. */
  readonly segments: readonly (string | number)[];
  /** The user's layer that sets it last; absent where a profile alone names the component. */
  readonly layer: Layer | undefined;
}

/** Where the spec of a component, or of one of its gateways, stands. */
export function componentPlace(
  mesh: LayeredSpec,
  component: { readonly name: string; readonly isList: boolean },
  name: string,
): ComponentPlace {
  const path = `spec.components.${component.name}`;
  const segments = ["spec", "components", component.name];
  const setting = userSetting(mesh, path);
  const list = component.isList && Array.isArray(setting?.value) ? setting.value : [];
  const index = list.findIndex((item) => getPath(item, "name") === name);
  return { segments: index < 0 ? segments : [...segments, index], layer: setting?.layer };
}
