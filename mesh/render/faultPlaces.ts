import { isObject, type Json } from "../common/json";
import type { Problem } from "../common/problem";
import { pathText, splitPath } from "../common/propertyPath";
import { identityOf, objectTitle } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { componentPlace, type LayeredSpec, placeOf, userSetting } from "../overlay/places";
import type { ComponentPlan } from "../spec/translate";
import type { ObjectFault } from "./objectFaults";

/** Whether a patch may have made a fault: its path leads to the field, or to what is around or in it. */
function isOnTheWay(patch: string, fault: readonly (string | number)[]): boolean {
  const keys = splitPath(patch).filter((segment) => !segment.startsWith("["));
  const names = fault.filter((segment) => typeof segment === "string");
  return keys.slice(0, names.length).every((key, index) => names[index] === key);
}

/** Where the patch that made a fault stands in `k8s.overlays`. */
function patchSegments(plan: ComponentPlan, fault: ObjectFault): (string | number)[] | undefined {
  const { kind } = fault.object;
  const { name } = identityOf(fault.object);
  const overlays = Array.isArray(plan.k8s.overlays) ? plan.k8s.overlays : [];
  const all = overlays.flatMap((overlay: Json, index) => {
    const patches = getPath(overlay, "patches");
    const isAbout = isObject(overlay) && overlay.kind === kind && (overlay.name ?? name) === name;
    return isAbout && Array.isArray(patches)
      ? patches.map((patch, at) => ({
          path: String(getPath(patch, "path") ?? ""),
          segments: ["k8s", "overlays", index, "patches", at],
        }))
      : [];
  });
  return [...all].reverse().find(({ path }) => isOnTheWay(path, fault.segments))?.segments;
}

/**
 * Where the user has written what made a fault: the patch if there is one, else the component's values,
 * else the component.
 */
function placeOfFault(mesh: LayeredSpec, plan: ComponentPlan, fault: ObjectFault) {
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  const patch = patchSegments(plan, fault);
  if (layer !== undefined && patch !== undefined) {
    return placeOf({ layer }, [...segments, ...patch]);
  }
  const values = ["spec", "values", ...splitPath(plan.component.valuesRoot)];
  const setting = userSetting(mesh, values.join("."));
  if (setting !== undefined) {
    return placeOf(setting, values);
  }
  return layer === undefined ? undefined : placeOf({ layer }, segments);
}

type Layered = Partial<LayeredSpec>;

/** Where a patch, a setting of `k8s` or an entry of `k8s.overlays` stands below its component. */
function segmentsOf(plan: ComponentPlan, object: string | undefined, path: string | undefined) {
  const setting = /^k8s\.(.*)$/.exec(path ?? "")?.[1];
  if (setting !== undefined) {
    return ["k8s", ...splitPath(setting)];
  }
  const overlays = Array.isArray(plan.k8s.overlays) ? plan.k8s.overlays : [];
  const index = overlays.findIndex(
    (overlay: Json) => isObject(overlay) && `${overlay.kind}/${overlay.name}` === object,
  );
  const patches = getPath(overlays[index] ?? null, "patches");
  const patch = (Array.isArray(patches) ? patches : []).findIndex(
    (one) => getPath(one, "path") === path,
  );
  const entry = index < 0 ? [] : [index];
  return ["k8s", "overlays", ...entry, ...(patch < 0 ? [] : ["patches", patch])];
}

/**
 * The place in the user's overlay of something that `k8s` does to an object. Absent where no layer of the
 * user sets the component.
 *
 * @param object the object as `Kind/name`
 * @param path that of the patch as written, or `k8s.FIELD`
 */
export function placeOfPatch(
  { document, fullLayers }: Layered,
  plan: ComponentPlan,
  { object, path }: { readonly object?: string; readonly path?: string },
): Pick<Problem, "source" | "line" | "path"> | undefined {
  if (document === undefined || fullLayers === undefined) {
    return undefined;
  }
  const { segments, layer } = componentPlace({ document, fullLayers }, plan.component, plan.name);
  return layer && placeOf({ layer }, [...segments, ...segmentsOf(plan, object, path)]);
}

/** A fault as a problem of the overlay that made it. */
export function faultProblem(mesh: Layered, plan: ComponentPlan, fault: ObjectFault): Problem {
  const { document, fullLayers } = mesh;
  const place =
    document === undefined || fullLayers === undefined
      ? undefined
      : placeOfFault({ document, fullLayers }, plan, fault);
  const object = `${objectTitle(fault.object)}: ${pathText(fault.segments)}`;
  return {
    ...(place ?? { source: `components.${plan.component.name}`, path: "" }),
    ...(fault.value !== undefined && { value: fault.value }),
    reason: `${object} ${fault.reason}`,
    ...(fault.fix !== undefined && { fix: fault.fix }),
  };
}
