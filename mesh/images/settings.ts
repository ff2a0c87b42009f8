import { parseReference, repositoryOf } from "../k8s/imageReference";
import type { ImageUse } from "./list";

/** Names of images whose tag is the mesh's. */
const OF_A_RELEASE: readonly string[] = ["pilot", "proxyv2", "install-cni", "ztunnel"];

const VARIANT = /-(distroless|debug)$/;

/** The one tag that the mesh's images share, without variants; none for several releases. */
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

/** Images that a mesh with the mirror's `hub` would still take from elsewhere. */
export function outside(to: string, images: readonly ImageUse[]): ImageUse[] {
  return images.filter(({ image }) => {
    const reference = parseReference(image);
    return reference === undefined || !repositoryOf(reference).startsWith(`${to}/`);
  });
}

/**
 * The overlay with which a mesh takes its images from the mirror.
 *
 * @param targets images at the mirror
 * @param elsewhere images that `hub` does not move
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
