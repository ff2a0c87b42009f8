import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import {
  formatReference,
  type ImageReference,
  isRegistryPath,
  parseReference,
  repositoryOf,
} from "../k8s/imageReference";

/** One image to be copied. */
export interface MirrorItem {
  /** The image as pods name it today. */
  readonly image: string;
  /** The image to copy from. */
  readonly source: string;
  /** The image to copy to: the same name and tag under the new path. */
  readonly target: string;
}

export interface MirrorRequest {
  readonly images: readonly string[];
  /** The registry and path of the copies, such as `registry.example.com/mesh`. */
  readonly to: string;
  /**
   * Paths to copy from instead of others: `docker.io/istio` instead of `quay.io/istio`. @default
   * {}
   */
  readonly sources?: Readonly<Record<string, string>>;
}

export interface MirrorPlan {
  readonly items: readonly MirrorItem[];
  readonly problems: readonly Problem[];
}

/** Returns the full reference of an image, for comparisons. */
function spelledOut(image: string): string {
  const reference = parseReference(image);
  return reference === undefined ? image : formatReference(reference);
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** Returns the longest matching prefix, because it is the most specific. */
function prefixOf(path: string, prefixes: readonly string[]): string | undefined {
  return prefixes.filter((prefix) => isUnder(path, prefix)).sort((a, b) => b.length - a.length)[0];
}

function withRepository(reference: ImageReference, path: string): string {
  const [registry = "", ...rest] = path.split("/");
  return formatReference({ ...reference, registry, repository: rest.join("/") });
}

/**
 * Returns the reference that an image is copied from.
 *
 * @example
 * sourceOf("mirror.example.com/mesh/pilot:1", { "mirror.example.com/mesh": "docker.io/istio" })
 * // "docker.io/istio/pilot:1"
 */
export function sourceOf(image: string, sources: Readonly<Record<string, string>>): string {
  const reference = parseReference(image);
  if (reference === undefined) {
    return image;
  }
  const path = repositoryOf(reference);
  const prefix = prefixOf(path, Object.keys(sources));
  return prefix === undefined
    ? formatReference(reference)
    : withRepository(reference, `${sources[prefix]}${path.slice(prefix.length)}`);
}

/**
 * Returns the reference that an image is copied to. Only the last part of its name stays, because
 * `hub` requires that.
 *
 * @example mirrorTargetOf("gke.gcr.io/asm/pilot:1.23.3-asm.2", "r.example.com/mesh") // "r.example.com/mesh/pilot:1.23.3-asm.2"
 */
export function mirrorTargetOf(image: string, to: string): string {
  const reference = parseReference(image);
  const name = reference?.repository.split("/").at(-1);
  return reference === undefined ? image : withRepository(reference, `${to}/${name}`);
}

function badReferences(images: readonly string[]): Problem[] {
  return images
    .filter((image) => parseReference(image) === undefined)
    .map((image) => ({
      source: "images",
      path: "",
      value: image,
      reason: "is not an image reference",
      fix: "look at hub, tag and image in the overlays; the list of images says who uses it",
    }));
}

function badTarget(to: string): Problem[] {
  return isRegistryPath(to)
    ? []
    : [
        {
          source: "--to",
          path: "",
          value: to,
          reason: "is not a registry with a path",
          allowed: "HOST[:PORT][/PATH] in lower case, such as registry.example.com/mesh",
        },
      ];
}

function badSources(
  images: readonly string[],
  sources: Readonly<Record<string, string>>,
): Problem[] {
  const paths = images.flatMap((image) => {
    const reference = parseReference(image);
    return reference === undefined ? [] : [repositoryOf(reference)];
  });
  const hubs = [...new Set(paths.map((path) => path.replace(/\/[^/]*$/, "")))];
  return Object.entries(sources).flatMap(([from, by]) => [
    ...[from, by]
      .filter((path) => !isRegistryPath(path))
      .map((path) => ({
        source: "--source",
        path: "",
        value: path,
        reason: "is not a registry with a path",
        allowed: "HOST[:PORT][/PATH]=HOST[:PORT][/PATH], such as docker.io/istio=quay.io/istio",
      })),
    ...(paths.some((path) => isUnder(path, from))
      ? []
      : [
          {
            source: "--source",
            path: "",
            value: from,
            reason: "no image of the mesh comes from there",
            allowed: hubs.join(", "),
            fix: didYouMean(from, hubs),
          },
        ]),
  ]);
}

function ontoItself(items: readonly MirrorItem[], to: string): Problem[] {
  return items
    .filter(({ source, target }) => source === target)
    .map(({ source }) => ({
      source: "--to",
      path: "",
      value: source,
      reason: "the mesh takes this image from there already",
      fix: `name where it comes from: --source ${to}=docker.io/istio`,
    }));
}

function collisions(items: readonly MirrorItem[]): Problem[] {
  const targets = new Map<string, Set<string>>();
  for (const { source, target } of items) {
    targets.set(target, (targets.get(target) ?? new Set()).add(source));
  }
  return [...targets].flatMap(([target, sources]) =>
    sources.size < 2
      ? []
      : [
          {
            source: "--to",
            path: "",
            value: target,
            reason: `${[...sources].join(" and ")} would both go there`,
            fix: "mirror them apart, with two paths",
          },
        ],
  );
}

/** Plans a mirror: each image once, with its source and its target. */
export function planMirror({ images, to, sources = {} }: MirrorRequest): MirrorPlan {
  const readable = images.filter((image) => parseReference(image) !== undefined);
  const items = readable.map((image) => ({
    image: spelledOut(image),
    source: sourceOf(image, sources),
    target: mirrorTargetOf(image, to),
  }));
  const problems = [
    ...badTarget(to),
    ...badReferences(images),
    ...badSources(images, sources),
    ...ontoItself(items, to),
    ...collisions(items),
  ];
  return { items, problems };
}

/** Plans a bundle, in which images keep their names. */
export function planTakeAway(
  images: readonly string[],
  sources: Readonly<Record<string, string>> = {},
): MirrorPlan {
  const items = images.map((image) => {
    const name = spelledOut(image);
    return { image: name, source: sourceOf(image, sources), target: name };
  });
  return { items, problems: [...badReferences(images), ...badSources(images, sources)] };
}
