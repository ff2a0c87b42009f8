import { basename, join, relative } from "node:path";
import semver from "semver";
import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import { buildOf } from "../model/versions";
import type { OverlayFiles } from "./files";
import { unknownProfile } from "./formerProfiles";
import { type ParsedOverlay, parseOverlay } from "./parse";

/** The built-in overlays of one kind, by name: `overlays/options` or `overlays/profiles`. */
export interface Catalogue {
  readonly names: readonly string[];
  /** The file of one as people know it, and its text. */
  source(name: string, version?: string): { readonly file: string; readonly text: string };
  /** Reads an overlay by name. An unknown name is a problem that lists similar names. */
  read(name: string, version?: string): ParsedOverlay;
}

const EXTENSION = ".yaml";

/**
 * Overlays that differ between Istio versions are in a folder named after a semver range, spelled
 * so that file systems accept it: `lt-1.24` holds what differs below 1.24. Overlays that differ in
 * a vendor's build of Istio are in a folder with the build's name: `asm` is Google's
 * (`1.23.3-asm.2`).
 */
const RANGE_FOLDER = /^lt-(\d+\.\d+)$/;

function isFor(folder: string, version: string): boolean {
  const below = RANGE_FOLDER.exec(folder)?.[1];
  const release = semver.coerce(version)?.version;
  return below === undefined
    ? folder === buildOf(version)
    : release !== undefined && semver.lt(release, `${below}.0`);
}

/** The files of a build take precedence over those of a version range. */
function matchingFolders(entries: readonly string[], version: string | undefined): string[] {
  return version === undefined ? [] : entries.filter((folder) => isFor(folder, version)).sort();
}

function namesAmong(entries: readonly string[]): string[] {
  return entries
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

/**
 * Opens a folder of built-in overlays.
 *
 * @param folder `overlays/options`, say
 * @param kind what messages call one of them
 * @param files reads the folder
 *
 * @example
 * openCatalogue("overlays/options", "option", files).read("cni-gcp").layer?.document
 */
export function openCatalogue(
  folder: string,
  kind: "option" | "profile",
  files: OverlayFiles,
): Catalogue {
  const entries = files.entries(folder);
  const names = namesAmong(entries);
  const source = (name: string, version?: string) => {
    const special = matchingFolders(entries, version).find((sub) =>
      namesAmong(files.entries(join(folder, sub))).includes(name),
    );
    const path = join(folder, special ?? "", `${name}${EXTENSION}`);
    const content = files.read(path);
    if (content.kind !== "text") {
      throw new Error(`the built-in ${kind} ${name} cannot be read: ${path}`);
    }
    const file = join("overlays", basename(folder), relative(folder, path));
    return { file, text: content.text };
  };
  const parse = (name: string, version: string | undefined) => {
    const { file, text } = source(name, version);
    return parseOverlay(text, { name, kind, version, file });
  };
  // All control planes of a mesh read the same overlays.
  const known = new Map<string, ParsedOverlay>();
  return {
    names,
    source,
    read(name, version) {
      if (!names.includes(name)) {
        return { problems: [unknown(kind, name, names)], warnings: [] };
      }
      const key = `${name} ${version}`;
      const overlay = known.get(key) ?? parse(name, version);
      known.set(key, overlay);
      return overlay;
    },
  };
}

function unknown(kind: "option" | "profile", name: string, names: readonly string[]): Problem {
  const isFileLike = /\.ya?ml$/.test(name);
  const source = `${kind} ${name}`;
  if (kind === "profile" && !isFileLike) {
    return { source, path: "", ...unknownProfile(name, names) };
  }
  return {
    source,
    path: "",
    reason: `there is no ${kind} of this name`,
    allowed: names.join(", "),
    fix: isFileLike ? `name a built-in ${kind} without ".yaml"` : didYouMean(name, names),
  };
}
