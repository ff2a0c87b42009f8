import { isObject, type Json } from "../common/json";
import type { Problem } from "../common/problem";
import { joinPath, pathText, splitPath } from "../common/propertyPath";
import { groupOf, identityOf, type K8sObject, objectTitle } from "../k8s/objects";
import { getPath, textAt } from "../k8s/path";
import { type ObjectFault, objectFaults } from "../objectFaults/objectFaults";
import type { ObjectSchemas } from "../objectFaults/schemaFaults";
import { componentPlace, type LayeredSpec, placeOf, userSetting } from "../overlay/places";
import type { ComponentPlan } from "../spec/translate";

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

/** Fields of `components.*.k8s` that stand for a whole kind of object. */
const OF_KIND: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: "hpaSpec",
  PodDisruptionBudget: "podDisruptionBudget",
  Service: "service",
};

/** Settings of `k8s` with another name than the field that they set. */
const OF_FIELD: Readonly<Record<string, string>> = {
  maxReplicas: "autoscaleMax",
  minReplicas: "autoscaleMin",
  replicas: "replicaCount",
  updateStrategy: "strategy",
};

/** Annotations of pods and of Services have settings of their own. */
const annotationsKey = (first: string | number | undefined) =>
  first === "spec" ? "podAnnotations" : "serviceAnnotations";

/** The key of some settings that made a field: most have the name of what they set. */
function keyFor(settings: Json | undefined, { object, segments }: ObjectFault): string | undefined {
  const keys = Object.keys(isObject(settings) ? settings : {});
  const whole = OF_KIND[object.kind];
  return segments
    .filter((segment) => typeof segment === "string")
    .flatMap((name) => [
      name,
      name === "annotations" ? annotationsKey(segments[0]) : (OF_FIELD[name] ?? name),
    ])
    .concat(segments[0] === "spec" && whole !== undefined ? [whole] : [])
    .find((segment) => keys.includes(segment));
}

/**
 * Where the user has written what made a fault: the patch if there is one, else the setting of its
 * name, else the component's values, else the component.
 */
function placeOfFault(mesh: LayeredSpec, plan: ComponentPlan, fault: ObjectFault) {
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  const patch = patchSegments(plan, fault);
  if (layer !== undefined && patch !== undefined) {
    return placeOf({ layer }, [...segments, ...patch]);
  }
  const k8s = keyFor(plan.k8s, fault);
  if (k8s !== undefined) {
    const path = [...segments, "k8s", k8s];
    // A gateway is an item of a list, which the last layer replaces as a whole.
    const setting = plan.component.isList ? layer && { layer } : userSetting(mesh, path.join("."));
    if (setting !== undefined) {
      return placeOf(setting, path);
    }
  }
  const root = ["spec", "values", ...splitPath(plan.component.valuesRoot)];
  const key = keyFor(getPath(mesh.document, root.join(".")), fault);
  const paths = key === undefined ? [root] : [[...root, key], root];
  for (const path of paths) {
    const setting = userSetting(mesh, path.map((name) => name.replaceAll(".", "\\.")).join("."));
    if (setting !== undefined) {
      return placeOf(setting, path);
    }
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

type Place = Pick<Problem, "source" | "line" | "path">;

/** What a fault leads to. An object that an API server takes may still do nothing. */
type Consequence = "refused" | "without effect";

function problemOf(place: Place, fault: ObjectFault, leadsTo: Consequence): Problem {
  const refuses = leadsTo === "refused" ? "the API server would refuse " : "";
  return {
    ...place,
    ...(fault.value !== undefined && { value: fault.value }),
    reason: `${refuses}${objectTitle(fault.object)}: ${pathText(fault.segments)} ${fault.reason}`,
    ...(fault.allowed !== undefined && { allowed: fault.allowed }),
    ...(fault.fix !== undefined && { fix: fault.fix }),
  };
}

/** Returns what the API server would refuse of objects, as problems of the typed inputs they are made from. */
export function inputFaults(
  place: Place,
  inputs: Json,
  objects: readonly K8sObject[],
  schemas: ObjectSchemas,
): Problem[] {
  return objectFaults(objects, schemas).map((fault) => {
    const key = keyFor(inputs, fault);
    const own = key === undefined ? place : { ...place, path: joinPath(place.path, key) };
    return problemOf(own, fault, "refused");
  });
}

/** A fault as a problem of the overlay that made it. */
export function faultProblem(
  mesh: Layered,
  plan: ComponentPlan,
  fault: ObjectFault,
  leadsTo: Consequence = "refused",
): Problem {
  const { document, fullLayers } = mesh;
  const place =
    document === undefined || fullLayers === undefined
      ? undefined
      : placeOfFault({ document, fullLayers }, plan, fault);
  const component = { source: `components.${plan.component.name}`, path: "" };
  return problemOf(place ?? component, fault, leadsTo);
}

/**
 * What the API server would refuse of those objects of a component whose schema is in CRDs. The others
 * were checked when they were rendered.
 */
export function crdProblems(
  { plan, objects }: { readonly plan: ComponentPlan; readonly objects: readonly K8sObject[] },
  mesh: Layered,
  schemas: ObjectSchemas,
): Problem[] {
  const groups = (schemas.crds ?? []).map((crd) => textAt(crd, "spec.group"));
  const custom = objects.filter(({ apiVersion }) => groups.includes(groupOf(apiVersion)));
  return objectFaults(custom, schemas).map((fault) => faultProblem(mesh, plan, fault));
}
