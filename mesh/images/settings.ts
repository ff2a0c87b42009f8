import { parseReference, repositoryOf } from "../k8s/imageReference";
import { VARIANT } from "../k8s/imageVersion";
import type { ImageUse } from "./list";

/** The names of the images whose tag is the mesh's. */
const OF_A_RELEASE: readonly string[] = ["pilot", "proxyv2", "install-cni", "ztunnel"];

/**
 * Returns the tag that all images of the mesh share, without variants, or nothing if they belong
 * to several releases.
 */
function releaseTag(targets: readonly string[]): string | undefined {
  const tags = targets.flatMap((target) => {
    const reference = parseReference(target);
    const name = reference?.repository.split("/").at(-1) ?? "";
    return OF_A_RELEASE.includes(name) && reference?.tag !== undefined
      ? [reference.tag.replace(VARIANT, "")]
      : [];
  });
  const [tag, ...others] = new Set(tags);
  return others.length === 0 ? tag : undefined;
}

/** Returns the images that a mesh with the mirror's `hub` would still pull from elsewhere. */
export function outside(to: string, images: readonly ImageUse[]): ImageUse[] {
  return images.filter(({ image }) => {
    const reference = parseReference(image);
    return reference === undefined || !repositoryOf(reference).startsWith(`${to}/`);
  });
}

/**
 * Returns the overlay with which a mesh pulls its images from the mirror.
 *
 * @param targets the images at the mirror
 * @param elsewhere the images that `hub` does not move
 */
export function mirrorOverlay(
  to: string,
  targets: readonly string[],
  elsewhere: readonly ImageUse[] = [],
): string {
  const tag = releaseTag(targets);
  const lines = [
    "apiVersion: install.istio.io/v1alpha1",
    "kind: IstioOperator",
    "spec:",
    `  hub: ${to}`,
    ...(tag === undefined ? [] : [`  tag: ${JSON.stringify(tag)}`]),
    ...elsewhere.map(({ image, users }) => `# hub does not move ${image} of ${users.join(", ")}`),
  ];
  return `${lines.join("\n")}\n`;
}
