import { isObject, type Json, type JsonObject } from "../common/json";

/** What a manifest says about the platforms of its image. */
export type ImagePlatforms =
  /** An index: platforms such as `linux/amd64`, sorted. */
  | { readonly kind: "several"; readonly platforms: readonly string[] }
  /** One image, whose configuration names its platform. */
  | { readonly kind: "one" };

/**
 * Returns the name of a platform.
 *
 * @example platformName({ os: "linux", architecture: "arm64", variant: "v8" }) // "linux/arm64"
 */
export function platformName(platform: Json | undefined): string | undefined {
  const { os, architecture } = isObject(platform) ? platform : {};
  const known = [os, architecture].every((part) => typeof part === "string" && part !== "");
  // The platform of attestations beside an image is "unknown".
  return known && os !== "unknown" ? `${os}/${architecture}` : undefined;
}

/**
 * Reads the platforms of an image.
 *
 * @param manifest the manifest as the registry stores it
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
export function imagePlatforms(manifest: JsonObject): ImagePlatforms {
  const { manifests } = manifest;
  if (!Array.isArray(manifests)) {
    return { kind: "one" };
  }
  const names = manifests.map((each) => platformName(isObject(each) ? each.platform : undefined));
  const platforms = [...new Set(names.filter((name) => name !== undefined))].sort();
  return { kind: "several", platforms };
}
