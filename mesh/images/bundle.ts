import { isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { isDigest } from "../k8s/imageReference";

/** An image in a bundle. */
export interface BundleEntry {
  /** The image as pods name it. */
  readonly image: string;
  readonly digest: string;
  readonly mediaType: string;
  /** The size of the manifest, in bytes. */
  readonly size: number;
}

/** A file under `blobs` in a bundle. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
}

/** OCI tools read names from the first annotation, containerd from the second. */
const NAME_ANNOTATIONS = ["org.opencontainers.image.ref.name", "io.containerd.image.name"] as const;

const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

/**
 * The content of `oci-layout`. @see
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export const LAYOUT_FILE = `${JSON.stringify({ imageLayoutVersion: "1.0.0" })}\n`;

function descriptorOf({ image, digest, mediaType, size }: BundleEntry): JsonObject {
  const names = Object.fromEntries(NAME_ANNOTATIONS.map((name) => [name, image]));
  return { mediaType, digest, size, annotations: names };
}

/** Returns the text of a layout's `index.json`, with each image once, sorted. */
export function bundleIndex(entries: readonly BundleEntry[]): string {
  const byImage = new Map(entries.map((entry) => [entry.image, entry]));
  const manifests = [...byImage.keys()].sort().map((image) => {
    return descriptorOf(byImage.get(image) as BundleEntry);
  });
  return `${JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }, null, 2)}\n`;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function listIn(document: Json, key: string): JsonObject[] {
  const list = isObject(document) ? document[key] : undefined;
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function nameOf({ annotations }: JsonObject): string | undefined {
  const names = isObject(annotations) ? annotations : {};
  return NAME_ANNOTATIONS.map((key) => names[key]).find(
    (name): name is string => typeof name === "string",
  );
}

function blobOf({ digest, size }: JsonObject): Blob | undefined {
  return isDigest(digest) && typeof size === "number" ? { digest, size } : undefined;
}

/**
 * Reads a layout's `index.json`.
 *
 * @param file for messages
 */
export function readBundle(
  file: string,
  text: string,
): { readonly entries: readonly BundleEntry[]; readonly problems: readonly Problem[] } {
  const index = parsed(text);
  if (!isObject(index) || !Array.isArray(index.manifests)) {
    const reason = "is not the index of an OCI layout";
    const allowed = "a folder that mesh images mirror --to-bundle made";
    return { entries: [], problems: [{ source: file, path: "", reason, allowed }] };
  }
  const read = listIn(index, "manifests").map((descriptor, position) => {
    const blob = blobOf(descriptor);
    const image = nameOf(descriptor);
    return blob === undefined || image === undefined
      ? { path: `manifests[${position}]` }
      : { entry: { image, ...blob, mediaType: String(descriptor.mediaType ?? "") } };
  });
  return {
    entries: read.flatMap(({ entry }) => (entry === undefined ? [] : [entry])),
    problems: read.flatMap(({ path }) =>
      path === undefined
        ? []
        : [
            {
              source: file,
              path,
              reason: "has no name, digest or size",
              allowed: `a descriptor with the annotation ${NAME_ANNOTATIONS[0]}`,
            },
          ],
    ),
  };
}

/**
 * Returns the only descriptor of a layout into which one image was pulled, or nothing for any
 * other layout.
 */
export function pulledBlob(text: string): (Blob & { readonly mediaType: string }) | undefined {
  const [descriptor, ...others] = listIn(parsed(text), "manifests");
  const blob = descriptor && others.length === 0 ? blobOf(descriptor) : undefined;
  return blob && { ...blob, mediaType: String(descriptor?.mediaType ?? "") };
}

/** The blobs of a manifest. `nested` ones are manifests themselves. */
export interface BundleParts {
  readonly nested: readonly Blob[];
  readonly plain: readonly Blob[];
}

function blobsOf(list: readonly JsonObject[]): Blob[] {
  return list.flatMap((descriptor) => blobOf(descriptor) ?? []);
}

/** A bundle does not contain layers that only their own registry may distribute. */
function isOwn({ mediaType }: JsonObject): boolean {
  return !/nondistributable|foreign/.test(String(mediaType));
}

/** Returns the blobs that a manifest names. */
export function partsOf(manifest: string): BundleParts {
  const document = parsed(manifest);
  const config = isObject(document) && isObject(document.config) ? [document.config] : [];
  return {
    nested: blobsOf(listIn(document, "manifests")),
    plain: blobsOf([...config, ...listIn(document, "layers").filter(isOwn)]),
  };
}
