import { closeSync, openSync, writeSync } from "node:fs";
import { type Blob, describe, type Image, MANIFEST_TYPE } from "./image";
import { type Entry, tarPieces } from "./tarFile";

/** Writes images to one archive in the OCI layout, as `ctr images import` takes it. */
export function writeArchive(file: string, images: readonly Image[]): void {
  const blobs = images.flatMap(({ manifest, blobs }) => [manifest, ...blobs]);
  const unique = new Map(blobs.map((blob) => [blob.digest, blob]));
  const output = openSync(file, "w");
  try {
    for (const piece of tarPieces([...layout(images), ...[...unique.values()].map(blobEntry)])) {
      writeSync(output, piece);
    }
  } finally {
    closeSync(output);
  }
}

function layout(images: readonly Image[]): Entry[] {
  const index = { schemaVersion: 2, manifests: images.map(indexEntry) };
  return [
    { path: "oci-layout", content: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", content: JSON.stringify(index) },
  ];
}

function indexEntry({ name, manifest }: Image): object {
  const annotations = { "io.containerd.image.name": name };
  return { ...describe(manifest, MANIFEST_TYPE), annotations };
}

function blobEntry({ digest, pieces }: Blob): Entry {
  return { path: `blobs/${digest.replace(":", "/")}`, pieces };
}
