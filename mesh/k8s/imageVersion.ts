import semver from "semver";
import type { JsonObject } from "../common/json";
import { labelsOf } from "./istioLabels";
import { containersOf, templateOf } from "./workload";

/**
 * The end of a tag for a build of the same version with fewer or more tools in the image.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/kube/inject/inject.go (KnownImageTypes)
 */
export const VARIANT = /-(distroless|debug)$/;

/** A tag for the newest patch of a minor, as some registries have it. */
const MINOR_ONLY = /^v?(\d+\.\d+)$/;

/**
 * The Istio version that a tag names. Returns `undefined` for a tag that is not a version (`latest`,
 * `1.29-alpha.0123abc`). A tag of a minor alone counts as its first patch.
 *
 * @example tagVersion("1.23.3-asm.2-distroless") // "1.23.3-asm.2"
 * @example tagVersion("1.29") // "1.29.0"
 */
export function tagVersion(tag: string): string | undefined {
  const plain = tag.replace(VARIANT, "");
  const [, minor] = MINOR_ONLY.exec(plain) ?? [];
  return semver.valid(minor === undefined ? plain : `${minor}.0`) ?? undefined;
}

/**
 * The Istio version in an image's tag. Returns `undefined` if the tag is not a version, and for a
 * digest without a tag.
 *
 * @example imageVersion("gke.gcr.io/asm/proxyv2:1.23.3-asm.2-distroless") // "1.23.3-asm.2"
 * @example imageVersion("registry.local/pilot:v1.31.0") // "1.31.0"
 */
export function imageVersion(image: string): string | undefined {
  const tag = /:([^/:@]+)(?:@.*)?$/.exec(image)?.[1] ?? "";
  return semver.valid(tag.replace(VARIANT, "")) ?? undefined;
}

/** Image of a container in a pod or a pod template. Returns `undefined` without such a container. */
export function imageOf(pod: JsonObject, container: string): string | undefined {
  const found = containersOf(pod).find(({ name }) => name === container)?.image;
  return typeof found === "string" ? found : undefined;
}

/** Written by Istio's charts on what they render. */
const VERSION_LABEL = "app.kubernetes.io/version";

/**
 * The Istio version of a control plane or a node agent: of the image that it runs, and for an image
 * without a version (a digest, say) of the chart that rendered it.
 *
 * @param container whose image has the version
 */
export function workloadVersion(workload: JsonObject, container: string): string | undefined {
  const image = imageOf(templateOf(workload), container) ?? "";
  return imageVersion(image) ?? semver.valid(labelsOf(workload)[VERSION_LABEL] ?? "") ?? undefined;
}
