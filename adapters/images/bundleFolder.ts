import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { InvalidInput, throwIfAny } from "../../mesh/common/problem";
import {
  type Blob,
  type BundleEntry,
  bundleIndex,
  LAYOUT_FILE,
  partsOf,
  readBundle,
} from "../../mesh/images/bundle";

const INDEX = "index.json";

function blobFile(folder: string, digest: string): string {
  return join(folder, "blobs", ...digest.split(":"));
}

/** Writes a file either in full or not at all. */
function writeWhole(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
}

/**
 * Returns what a bundle holds.
 *
 * @throws InvalidInput if the folder is not a bundle
 */
export function openBundle(folder: string): readonly BundleEntry[] {
  const file = join(folder, INDEX);
  if (!existsSync(file)) {
    const reason = "is not there";
    const fix = "name a folder that mesh images mirror --to-bundle made";
    throw new InvalidInput([{ source: file, path: "", reason, fix, isUnread: true }]);
  }
  const { entries, problems } = readBundle(file, readFileSync(file, "utf8"));
  throwIfAny(problems);
  return entries;
}

/** Does what {@link openBundle} does, but returns nothing for a folder that is not a bundle yet. */
export function entriesIn(folder: string): readonly BundleEntry[] {
  return existsSync(join(folder, INDEX)) ? openBundle(folder) : [];
}

const BLOB_NAME = /^[0-9a-f]{64}$/;

/** Removes files of a killed run, which still have temporary names. */
function removeUnfinished(folder: string): void {
  const blobs = join(folder, "blobs", "sha256");
  for (const name of readdirSync(blobs).filter((file) => !BLOB_NAME.test(file))) {
    rmSync(join(blobs, name), { recursive: true, force: true });
  }
}

/** Turns a folder into an OCI layout. The content of an existing layout stays. */
export function makeBundle(folder: string): void {
  if (existsSync(join(folder, INDEX))) {
    removeUnfinished(folder);
    return;
  }
  mkdirSync(join(folder, "blobs", "sha256"), { recursive: true });
  writeWhole(join(folder, "oci-layout"), LAYOUT_FILE);
  writeWhole(join(folder, INDEX), bundleIndex([]));
}

/** Adds the name of an image to a bundle, after all of its content is there. */
export function addToBundle(folder: string, entry: BundleEntry): void {
  writeWhole(join(folder, INDEX), bundleIndex([...openBundle(folder), entry]));
}

/**
 * Runs work with a layout of one image that shares a bundle's content. crane can only push layouts
 * of one image. Pulls into such layouts can run in parallel, because each has its own index.
 */
export async function withView<T>(
  folder: string,
  entries: readonly BundleEntry[],
  use: (view: string) => Promise<T>,
): Promise<T> {
  const view = mkdtempSync(join(tmpdir(), "mesh-images-"));
  try {
    writeFileSync(join(view, "oci-layout"), LAYOUT_FILE);
    writeFileSync(join(view, INDEX), bundleIndex(entries));
    symlinkSync(resolve(folder, "blobs"), join(view, "blobs"), "junction");
    return await use(view);
  } finally {
    rmSync(view, { recursive: true, force: true });
  }
}

/** Returns the index of a view after an image was pulled into it. */
export function viewIndex(view: string): string {
  return readFileSync(join(view, INDEX), "utf8");
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}

async function isWhole(folder: string, { digest, size }: Blob): Promise<boolean> {
  const file = blobFile(folder, digest);
  const found = statSync(file, { throwIfNoEntry: false })?.size;
  return found === size && (await digestOf(file)) === digest;
}

/** Returns the blobs of an image that are missing or whose content does not match their names. */
export async function damagedBlobs(folder: string, manifest: Blob): Promise<string[]> {
  if (!(await isWhole(folder, manifest))) {
    return [manifest.digest];
  }
  const parts = partsOf(readFileSync(blobFile(folder, manifest.digest), "utf8"));
  const damaged: string[] = [];
  for (const blob of parts.plain) {
    damaged.push(...((await isWhole(folder, blob)) ? [] : [blob.digest]));
  }
  for (const nested of parts.nested) {
    damaged.push(...(await damagedBlobs(folder, nested)));
  }
  return damaged;
}

/** Removes damaged content, which crane would consider complete. */
export function removeBlobs(folder: string, digests: readonly string[]): void {
  for (const digest of digests) {
    rmSync(blobFile(folder, digest), { force: true });
  }
}
