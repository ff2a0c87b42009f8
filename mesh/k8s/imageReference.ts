/** An image as a registry identifies it, with every part written out. */
export interface ImageReference {
  /** The host, with its port if it has one. */
  readonly registry: string;
  /** The path in the registry, such as `istio/pilot`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
}

const DEFAULT_REGISTRY = "docker.io";
const DEFAULT_TAG = "latest";

const HOST = /^(localhost|\[[0-9a-f:.]+\]|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(:\d{1,5})?$/i;
const COMPONENT = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Returns whether a text is a digest in the form that registries use. */
export function isDigest(text: unknown): text is string {
  return typeof text === "string" && DIGEST.test(text);
}

/**
 * Splits host and path. If the first part does not look like a host, the image is on Docker Hub.
 */
function splitName(name: string): Pick<ImageReference, "registry" | "repository"> {
  const [first = "", ...rest] = name.split("/");
  if (rest.length > 0 && HOST.test(first)) {
    return { registry: first, repository: rest.join("/") };
  }
  return {
    registry: DEFAULT_REGISTRY,
    repository: rest.length === 0 ? `library/${name}` : name,
  };
}

function splitTag(text: string): readonly [name: string, tag: string | undefined] {
  const colon = text.lastIndexOf(":");
  return colon > text.lastIndexOf("/")
    ? [text.slice(0, colon), text.slice(colon + 1)]
    : [text, undefined];
}

/**
 * Reads an image reference as container runtimes do. Returns `undefined` if the text is not a
 * reference.
 *
 * @example
 * parseReference("busybox:1.28") // { registry: "docker.io", repository: "library/busybox", tag: "1.28" }
 * @see https://github.com/distribution/reference (grammar)
 */
export function parseReference(text: string): ImageReference | undefined {
  const [named = "", digest, ...more] = text.split("@");
  const [name, typed] = splitTag(named);
  const tag = typed ?? (digest === undefined ? DEFAULT_TAG : undefined);
  const place = splitName(name);
  const valid =
    more.length === 0 &&
    place.repository.split("/").every((part) => COMPONENT.test(part)) &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || isDigest(digest));
  return valid
    ? { ...place, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
    : undefined;
}

/** Returns the registry and path, without tag and digest. */
export function repositoryOf({ registry, repository }: ImageReference): string {
  return `${registry}/${repository}`;
}

/**
 * Returns the text of a reference.
 *
 * @example formatReference({ registry: "gke.gcr.io", repository: "asm/pilot", tag: "1" }) // "gke.gcr.io/asm/pilot:1"
 */
export function formatReference(reference: ImageReference): string {
  const { tag, digest } = reference;
  const tagged = tag === undefined ? "" : `:${tag}`;
  return `${repositoryOf(reference)}${tagged}${digest === undefined ? "" : `@${digest}`}`;
}

/** Returns the reference of an image pinned to a digest, which no push can change. */
export function pinned(image: string, digest: string): string {
  const reference = parseReference(image);
  return reference === undefined ? image : `${repositoryOf(reference)}@${digest}`;
}

/** Returns whether a text is a registry with a path, without tag and digest. */
export function isRegistryPath(text: string): boolean {
  const [host = "", ...path] = text.split("/");
  return HOST.test(host) && path.every((part) => COMPONENT.test(part));
}
