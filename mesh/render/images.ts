import { listImages } from "../images/list";
import type { K8sObject } from "../k8s/objects";

/**
 * Returns the images that the objects pull, and those that the injector gives to proxies, sorted.
 * `auto` stands for the latter.
 */
export function imagesOf(objects: readonly K8sObject[]): string[] {
  return listImages(objects).images.map(({ image }) => image);
}
