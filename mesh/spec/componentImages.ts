import type { Json, JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { splitPath } from "../common/propertyPath";
import { imageVersion, tagVersion } from "../k8s/imageVersion";
import { getPath } from "../k8s/path";
import { listAt } from "../k8s/workload";
import type { ComponentName } from "../model/component";
import { componentPlace, placeOf, type UserSetting, userSetting } from "../overlay/places";
import type { ResolvedMesh } from "./resolve";
import type { ComponentPlan } from "./translate";

/** The image that a part of the mesh runs, as far as its settings show it. */
export interface ComponentImage {
  readonly plan: ComponentPlan;
  /** What runs it, as messages name it, such as `istiod`. */
  readonly title: string;
  /** Whether it is the proxy that istiod gives to pods, and not the component's own image. */
  readonly isInjected: boolean;
  /** The version in its tag. Absent if the tag is not a version, such as `latest`. */
  readonly version?: string;
  /** What the user has set to choose it, with its place. Absent for the charts' own image. */
  readonly chosen?: Pick<Problem, "source" | "line" | "path" | "value">;
}

const asText = (value: Json | undefined) =>
  value === undefined || value === null || value === "" ? undefined : String(value);

/** The last of some settings that says this value: the one that reaches the charts. */
function saidBy(
  mesh: ResolvedMesh,
  paths: readonly string[],
  value: string,
): UserSetting | undefined {
  return paths
    .map((path) => userSetting(mesh, path))
    .find((setting) => setting !== undefined && String(setting.value) === value);
}

function chosenBy(setting: UserSetting | undefined): Pick<ComponentImage, "chosen"> {
  return setting === undefined
    ? {}
    : { chosen: { ...placeOf(setting, splitPath(setting.path)), value: setting.value } };
}

const versioned = (version: string | undefined) => (version === undefined ? {} : { version });

/** Where an image's name, tag and the default of the tag stand. */
interface ImagePaths {
  readonly image: Json | undefined;
  readonly tag: Json | undefined;
  readonly imagePath: string;
  readonly tagPaths: readonly string[];
}

/** As the charts put it together: a full reference, or a name below hub and tag. */
function fromValues(mesh: ResolvedMesh, values: JsonObject, paths: ImagePaths) {
  const image = asText(paths.image);
  if (image?.includes("/")) {
    return { ...versioned(imageVersion(image)), ...chosenBy(userSetting(mesh, paths.imagePath)) };
  }
  const own = asText(paths.tag);
  const tag = own ?? asText(getPath(values, "global.tag"));
  const places = own === undefined ? ["spec.values.global.tag", "spec.tag"] : paths.tagPaths;
  return tag === undefined
    ? {}
    : { ...versioned(tagVersion(tag)), ...chosenBy(saidBy(mesh, places, tag)) };
}

const IMAGE_OF_CONTAINER =
  /^spec\.template\.spec\.(?:initContainers|containers)\.\[name:([^\]]+)\]\.image$/;

/** The last patch of `k8s.overlays` that replaces the image of the component's own container. */
function fromPatches(mesh: ResolvedMesh, plan: ComponentPlan): Partial<ComponentImage> | undefined {
  const { workload } = plan.component;
  if (workload === undefined) {
    return undefined;
  }
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  const found = listAt(plan.k8s, "overlays").flatMap((overlay, index) =>
    overlay.kind !== workload.kind
      ? []
      : listAt(overlay, "patches").flatMap(({ path, value }, at) => {
          const [, container] = IMAGE_OF_CONTAINER.exec(String(path)) ?? [];
          const place = [...segments, "k8s", "overlays", index, "patches", at, "value"];
          return container === workload.container && typeof value === "string"
            ? [{ value, place }]
            : [];
        }),
  );
  const last = found.at(-1);
  return last === undefined
    ? undefined
    : {
        ...versioned(imageVersion(last.value)),
        ...(layer !== undefined && {
          chosen: { ...placeOf({ layer }, last.place), value: last.value },
        }),
      };
}

/** A gateway's own tag, in its entry of the list. */
function fromEntry(mesh: ResolvedMesh, plan: ComponentPlan): Partial<ComponentImage> | undefined {
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  const list = getPath(mesh.document, `spec.components.${plan.component.name}`);
  const entry = Array.isArray(list) ? list[Number(segments.at(-1))] : undefined;
  const tag = asText(getPath(entry ?? null, "tag"));
  // A full reference in the values has a tag of its own.
  const isWhole = asText(getPath(plan.values, PROXY))?.includes("/") === true;
  return tag === undefined || layer === undefined || isWhole
    ? undefined
    : {
        ...versioned(tagVersion(tag)),
        chosen: { ...placeOf({ layer }, [...segments, "tag"]), value: tag },
      };
}

const PROXY = "global.proxy.image";

function ownImage(mesh: ResolvedMesh, plan: ComponentPlan): Partial<ComponentImage> {
  const { component, values } = plan;
  const root = component.valuesRoot;
  const own = (field: string) =>
    getPath(values, component.flattenValues ? field : `${root}.${field}`);
  return (
    fromPatches(mesh, plan) ??
    fromEntry(mesh, plan) ??
    fromValues(mesh, values, {
      image: component.isList ? getPath(values, PROXY) : own("image"),
      imagePath: component.isList ? `spec.values.${PROXY}` : `spec.values.${root}.image`,
      tag: own("tag"),
      tagPaths: [`spec.components.${component.name}.tag`, `spec.values.${root}.tag`],
    })
  );
}

/** istiod gives this image to every pod that it injects, gateways with `image: auto` too. */
function injectedImage(mesh: ResolvedMesh, { values }: ComponentPlan): Partial<ComponentImage> {
  return fromValues(mesh, values, {
    image: getPath(values, PROXY),
    imagePath: `spec.values.${PROXY}`,
    tag: undefined,
    tagPaths: [],
  });
}

/**
 * Returns the images of a mesh whose version is that of Istio: those of its workloads, and the proxy
 * that istiod gives to pods. It follows from the settings, so nothing has to be rendered.
 *
 * @see the image templates in Istio's charts (`istio-discovery/templates/deployment.yaml` and others)
 * @example
 * componentImages(resolveMesh({ version: "1.29.1", tag: "1.21.0" }, library))[0]
 * // { title: "istiod", version: "1.21.0", chosen: { source: "inputs", path: "spec.tag", … }, … }
 */
export function componentImages(mesh: ResolvedMesh): ComponentImage[] {
  return mesh.components.flatMap((plan): ComponentImage[] => {
    const { component } = plan;
    if (component.workload === undefined) {
      return [];
    }
    const title = component.isList ? `gateway ${plan.name}` : component.workload.name;
    const own = { plan, title, isInjected: false, ...ownImage(mesh, plan) };
    return component.name === "pilot"
      ? [own, { plan, title: "injected proxies", isInjected: true, ...injectedImage(mesh, plan) }]
      : [own];
  });
}

/**
 * Returns the Istio version that a component runs: that of its image, or of the charts where the
 * image's tag is not a version.
 *
 * @example
 * componentVersion(resolveMesh({ version: "1.29.1", tag: "1.28.5" }, library), "pilot") // "1.28.5"
 */
export function componentVersion(mesh: ResolvedMesh, component: ComponentName): string {
  const own = componentImages(mesh).find(
    ({ plan, isInjected }) => plan.component.name === component && !isInjected,
  );
  return own?.version ?? mesh.version;
}
