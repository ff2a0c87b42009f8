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

/** A fault as a problem of the overlay that made it. */
export function faultProblem(
  mesh: Partial<LayeredSpec>,
  plan: ComponentPlan,
  fault: ObjectFault,
): Problem {
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
