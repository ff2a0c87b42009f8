import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { isObject, type Json } from "../../mesh/common/json";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";

/** The same data without nulls: to Kubernetes, null and absent are the same. */
export function withoutNulls<T extends Json>(value: T): T {
  if (Array.isArray(value)) {
    return value.map((item) => withoutNulls(item)) as T;
  }
  if (!isObject(value)) {
    return value;
  }
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)])) as T;
}

/** The objects of a YAML stream. */
export function parseManifests(text: string): K8sObject[] {
  return (loadAll(text) as (K8sObject | null | undefined)[]).filter((object) => isObject(object));
}

/** Every file below a folder, by its path in there. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The objects of every manifest below a folder. */
export function readManifests(folder: string): K8sObject[] {
  return filesBelow(folder).flatMap((file) => parseManifests(readFileSync(file, "utf8")));
}

/** Objects by title, such as `Service istio-system/istiod`; a title twice is an error. */
export function byTitle(objects: readonly K8sObject[]): Record<string, K8sObject> {
  const titles = objects.map(objectTitle);
  const twice = titles.filter((title, index) => titles.indexOf(title) !== index);
  if (twice.length > 0) {
    throw new Error(`more than one ${twice.join(", ")}`);
  }
  return Object.fromEntries(objects.map((object) => [objectTitle(object), withoutNulls(object)]));
}
