/** An image as a registry knows it: everything is spelled out. */
export interface ImageReference {
  /** Host, with its port where it has one. */
  readonly registry: string;
  /** Path in the registry, such as `istio/pilot`. */
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

/** Whether a text is a digest as registries give it. */
export function isDigest(text: unknown): text is string {
  return typeof text === "string" && DIGEST.test(text);
}

/** Host and path; a first part that looks like no host belongs to Docker Hub's. */
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
 * Reads an image as container runtimes do; `undefined` for a text that is none.
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

/** Registry and path, without tag and digest. */
export function repositoryOf({ registry, repository }: ImageReference): string {
  return `${registry}/${repository}`;
}

/**
 * The text of a reference.
 *
 * @example formatReference({ registry: "gke.gcr.io", repository: "asm/pilot", tag: "1" }) // "gke.gcr.io/asm/pilot:1"
 */
export function formatReference(reference: ImageReference): string {
  const { tag, digest } = reference;
  const tagged = tag === undefined ? "" : `:${tag}`;
  return `${repositoryOf(reference)}${tagged}${digest === undefined ? "" : `@${digest}`}`;
}

/** The same repository at one content, which no push can change. */
export function pinned(image: string, digest: string): string {
  const reference = parseReference(image);
  return reference === undefined ? image : `${repositoryOf(reference)}@${digest}`;
}

/** Whether a text is a registry with a path in it, without tag and digest. */
export function isRegistryPath(text: string): boolean {
  const [host = "", ...path] = text.split("/");
  return HOST.test(host) && path.every((part) => COMPONENT.test(part));
}
