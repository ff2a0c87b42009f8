import { load } from "js-yaml";
import { isObject, type Json, type JsonObject } from "../json";
import type { K8sObject } from "../patch/types";
import { getPath } from "../translate";
import { podTemplate } from "./objects";

function containersOf(object: K8sObject): Json[] {
  const spec = podTemplate(object)?.spec;
  const lists = isObject(spec) ? [spec.initContainers, spec.containers] : [];
  return lists.flatMap((list) => (Array.isArray(list) ? list : []));
}

interface InjectorValues {
  readonly hub?: string;
  readonly tag?: string;
  readonly proxy?: { readonly image?: string };
}

/** What the injector's template makes of hub, image, tag and variant. */
function proxyImage(global: InjectorValues, variant: string): string[] {
  const image = global.proxy?.image ?? "proxyv2";
  if (global.hub === undefined) {
    return [];
  }
  const suffix = variant === "" || variant === "default" ? "" : `-${variant}`;
  return [image.includes("/") ? image : `${global.hub}/${image}:${global.tag}${suffix}`];
}

function dataOf(object: K8sObject): JsonObject {
  return object.kind === "ConfigMap" && isObject(object.data) ? object.data : {};
}

/** Variant that the mesh configuration gives to every proxy. */
function meshVariant(objects: readonly K8sObject[]): string {
  const meshes = objects.flatMap((object) => {
    const { mesh } = dataOf(object);
    return typeof mesh === "string" ? [load(mesh) as Json] : [];
  });
  const types = meshes.map((mesh) => getPath(mesh, "defaultConfig.image.imageType"));
  return types.find((type): type is string => typeof type === "string") ?? "";
}

function injectedImages(objects: readonly K8sObject[]): string[] {
  const variant = meshVariant(objects);
  return objects.flatMap((object) => {
    const { values, config } = dataOf(object);
    if (typeof values !== "string" || typeof config !== "string") {
      return [];
    }
    const { global = {} } = JSON.parse(values) as { global?: InjectorValues };
    return proxyImage(global, variant);
  });
}

/**
 * The images that the objects pull, and the one that the injector gives to proxies, sorted.
 * `auto` stands for the injector's.
 */
export function imagesOf(objects: readonly K8sObject[]): string[] {
  const pulled = objects.flatMap((object) =>
    containersOf(object).flatMap((container) =>
      isObject(container) && typeof container.image === "string" ? [container.image] : [],
    ),
  );
  const all = [...pulled, ...injectedImages(objects)].filter((image) => image !== "auto");
  return [...new Set(all)].sort();
}
