import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import type { Problem } from "../problem";
import { didYouMean } from "../suggest";
import { type ParsedOverlay, parseOverlay } from "./parse";

/** Built-in overlays of one kind, by name: `overlays/options` or `overlays/profiles`. */
export interface Catalogue {
  readonly names: readonly string[];
  /** Reads one by name; an unknown name is a problem that lists the near ones. */
  read(name: string, version?: string): ParsedOverlay;
}

const EXTENSION = ".yaml";

/**
 * Files of another version of Istio stand in a folder named by a semver range, in a file-system
 * friendly spelling: `lt-1.24` holds what differs below 1.24.
 */
const RANGE_FOLDER = /^lt-(\d+\.\d+)$/;

function matchingFolders(root: string, version: string | undefined): string[] {
  if (version === undefined) {
    return [];
  }
  return readdirSync(root).filter((folder) => {
    const below = RANGE_FOLDER.exec(folder)?.[1];
    const release = semver.coerce(version)?.version;
    return below !== undefined && release !== undefined && semver.lt(release, `${below}.0`);
  });
}

function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

/**
 * Opens a folder of built-in overlays.
 *
 * @param folder `overlays/options`, say
 * @param kind what messages call one of them
 *
 * @example
 * openCatalogue("overlays/options", "option").read("cni-gcp").layer?.document
 */
export function openCatalogue(folder: string, kind: "option" | "profile"): Catalogue {
  const names = namesIn(folder);
  const fileOf = (name: string, version: string | undefined) => {
    const special = matchingFolders(folder, version).find((sub) =>
      namesIn(join(folder, sub)).includes(name),
    );
    return join(folder, special ?? "", `${name}${EXTENSION}`);
  };
  return {
    names,
    read(name, version) {
      if (!names.includes(name)) {
        return { problems: [unknown(kind, name, names)], warnings: [] };
      }
      return parseOverlay(readFileSync(fileOf(name, version), "utf8"), { name, kind });
    },
  };
}

function unknown(kind: string, name: string, names: readonly string[]): Problem {
  const isFileLike = /\.ya?ml$/.test(name);
  return {
    source: `${kind} ${name}`,
    path: "",
    reason: `there is no ${kind} of this name`,
    allowed: names.join(", "),
    fix: isFileLike ? `name a built-in ${kind} without ".yaml"` : didYouMean(name, names),
  };
}
