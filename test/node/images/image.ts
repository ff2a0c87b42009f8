import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { librariesOf } from "./libraries";
import { type Entry, tarPieces } from "./tarFile";

/** What goes into an image; the libraries that its programs load come along by themselves. */
export interface ImageContents {
  /** Programs of this machine, by their path in the image. */
  readonly programs: Readonly<Record<string, string>>;
  /** Other files of this machine, by their path in the image. */
  readonly files?: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  /** User and group, by number. @default root */
  readonly user?: string;
}

/** Bytes that an image consists of, named by their digest. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly pieces: readonly Buffer[];
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface Image {
  /** With registry and tag. */
  readonly name: string;
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
}

const TYPE = "application/vnd.oci.image";

export const MANIFEST_TYPE = `${TYPE}.manifest.v1+json`;

/** An account for each user that pods run as: some programs look for their own. */
const ACCOUNTS = ["root:x:0:0::/:/none", "istio-proxy:x:1337:1337::/:/none", ""].join("\n");

/**
 * An image of programs of this machine.
 *
 * Each program is a layer of its own with its libraries, so that two images that share one keep it
 * once.
 *
 * @example image("localhost/hello:1", { programs: { "/hello": "./hello" }, entrypoint: ["/hello"] })
 */
export function image(name: string, contents: ImageContents): Image {
  const { programs, files = {}, entrypoint, user = "0:0" } = contents;
  const layers = [
    layer([
      { path: "tmp", folder: true, mode: 0o1777 },
      ...withFolders([{ path: "etc/passwd", content: ACCOUNTS }]),
    ]),
    ...Object.entries(programs).map(([path, from]) => layer(withFolders(programFiles(path, from)))),
    ...Object.entries(files).map(([path, from]) => layer(withFolders([inRoot(path, from, 0o644)]))),
  ];
  const config = json({
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: "linux",
    config: { Entrypoint: entrypoint, User: user, WorkingDir: "/", Env: [`PATH=${PATH}`] },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: describe(config, `${TYPE}.config.v1+json`),
    layers: layers.map((each) => describe(each, `${TYPE}.layer.v1.tar`)),
  });
  return { name, manifest, blobs: [...layers, config] };
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How images name what Node.js names otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64" };

function inRoot(path: string, from: string, mode: number): Entry {
  return { path: path.replace(/^\//, ""), from, mode };
}

function programFiles(path: string, from: string): Entry[] {
  const libraries = librariesOf(from).map((file) => inRoot(file, file, 0o755));
  return [...libraries, inRoot(path, from, 0o755)];
}

/** The entries with the folders that they are in. */
function withFolders(entries: readonly Entry[]): Entry[] {
  const folders = new Set(entries.flatMap(({ path }) => foldersAbove(path)));
  return [...[...folders].sort().map((path) => ({ path, folder: true }) as const), ...entries];
}

/** @example foldersAbove("usr/bin/x") // ["usr", "usr/bin"] */
function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [...foldersAbove(folder), folder];
}

/** Layers that were made before, by what they hold: several images have the same. */
const layers = new Map<string, Blob>();

function layer(entries: readonly Entry[]): Blob {
  const key = JSON.stringify(entries);
  const known = layers.get(key) ?? blob(tarPieces(entries));
  layers.set(key, known);
  return known;
}

function json(value: object): Blob {
  return blob([Buffer.from(JSON.stringify(value))]);
}

function blob(pieces: readonly Buffer[]): Blob {
  const hash = createHash("sha256");
  for (const piece of pieces) {
    hash.update(piece);
  }
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  return { digest: `sha256:${hash.digest("hex")}`, size, pieces };
}

export function describe({ digest, size }: Blob, mediaType: string): Descriptor {
  return { mediaType, digest, size };
}
