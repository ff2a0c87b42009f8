import { listImages } from "../images/list";
import type { K8sObject } from "../k8s/objects";

/**
 * The images that the objects pull, and those that the injector gives to proxies, sorted.
 * `auto` stands for the injector's.
 */
export function imagesOf(objects: readonly K8sObject[]): string[] {
  return listImages(objects).images.map(({ image }) => image);
}
