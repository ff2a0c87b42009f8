import semver from "semver";
import data from "../data/signatures.json";
import { imageVersion } from "../k8s/imageVersion";
import type { CosignSigner } from "../model/meshInputs";

/**
 * Returns who signs an image of the Istio project. Returns `undefined` for images of others and of
 * versions that are older than the documented keys, and for a digest without a tag.
 *
 * @example istioSigner("docker.io/istio/pilot:1.31.0") // { key: "https://istio.io/misc/istio-key.pub" }
 * @see https://istio.io/latest/docs/ops/best-practices/image-signing-validation/
 */
export function istioSigner(image: string): CosignSigner | undefined {
  const { places, keys } = data.images;
  const version = imageVersion(image);
  if (version === undefined || !places.some((place) => image.startsWith(`${place}/`))) {
    return undefined;
  }
  const key = keys.filter(({ from }) => semver.gte(version, from)).at(-1)?.key;
  return key === undefined ? undefined : { key };
}
