import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function onPath(env: NodeJS.ProcessEnv): string | undefined {
  const name = process.platform === "win32" ? "crane.exe" : "crane";
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

/** What to do if there is no crane. */
export const HOW_TO_GET =
  "install crane (brew install crane, or go install github.com/google/go-containerregistry/cmd/crane@latest, " +
  "or a release of github.com/google/go-containerregistry) and put it on PATH, or name it with --crane";

/** How to find crane. */
export interface CraneSearch {
  /** The path that the user named. */
  readonly named?: string;
  /** @default the environment of the process */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Returns the `crane` program that copies images: the named one, or else the one on PATH.
 *
 * crane (go-containerregistry) copies whole indexes with their digests, skips layers that exist,
 * reads Docker's credentials and writes OCI layouts, and its library is the base of most
 * registries' own tools. It is a single file without a daemon, so it also works on air-gapped
 * machines. No npm package does as much: existing packages only read, or push single images.
 *
 * @throws Error if there is no crane, with how to get it
 */
export function findCrane(search: CraneSearch = {}): string {
  const found = craneThatIsThere(search);
  if (found === undefined) {
    throw new Error(`crane, which moves images, is not on PATH; fix: ${HOW_TO_GET}`);
  }
  return found;
}

/**
 * Finds crane in the same way, but returns `undefined` if none was named and PATH has none.
 *
 * @throws Error if the named one is not a program
 */
export function craneThatIsThere({
  named,
  env = process.env,
}: CraneSearch = {}): string | undefined {
  if (named !== undefined && !isProgram(named)) {
    throw new Error(`--crane: ${named} is no program; fix: ${HOW_TO_GET}`);
  }
  return named ?? onPath(env);
}
