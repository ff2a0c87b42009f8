import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The set-up of a clone of this project. The npm package has none. */
const SETUP = join("toolchain", "main.ts");
const PROVIDED = join(".toolchain", "bin", "crane");

/** Returns the clone that contains this file, or nothing in an installed package. */
function cloneFolder(): string | undefined {
  const folder = join(__dirname, "..", "..");
  return existsSync(join(folder, SETUP)) ? folder : undefined;
}

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

/** Builds the pinned crane, which requires Go. The output of the build goes to standard error. */
function setUp(folder: string): string {
  const args = ["run", "-s", "setup", "--", "--with", "images"];
  const { status } = spawnSync("npm", args, { cwd: folder, stdio: ["ignore", 2, 2] });
  const program = join(folder, PROVIDED);
  if (status !== 0 || !isProgram(program)) {
    throw new Error(`crane could not be set up; fix: ${HOW_TO_GET}`);
  }
  return program;
}

/** What to do if there is no crane. */
export const HOW_TO_GET =
  "install crane (brew install crane, or go install github.com/google/go-containerregistry/cmd/crane@latest, " +
  "or a release of github.com/google/go-containerregistry) and put it on PATH, or name it with --crane";

/** How to find crane. The defaults are those of the command. */
export interface CraneSearch {
  /** The path that the user named. */
  readonly named?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** A clone whose set-up provides crane. @default the one that contains this file */
  readonly clone?: string;
}

/**
 * Returns the `crane` program that copies images: the named one, or else the one on PATH, or else
 * the one that a clone's set-up provides, which is built on first use.
 *
 * crane (go-containerregistry) copies whole indexes with their digests, skips layers that exist,
 * reads Docker's credentials and writes OCI layouts, and its library is the base of most
 * registries' own tools. It is a single file without a daemon, so it also works on air-gapped
 * machines. No npm package does as much: existing packages only read, or push single images.
 *
 * @throws Error if there is no crane, with how to get it
 */
export function findCrane(search: CraneSearch = {}): string {
  const { named, env = process.env, clone = cloneFolder() } = search;
  if (named !== undefined) {
    if (!isProgram(named)) {
      throw new Error(`--crane: ${named} is no program; fix: ${HOW_TO_GET}`);
    }
    return named;
  }
  const found = onPath(env) ?? (clone !== undefined && provided(clone));
  if (found) {
    return found;
  }
  if (clone === undefined) {
    throw new Error(`crane, which moves images, is not on PATH; fix: ${HOW_TO_GET}`);
  }
  return setUp(clone);
}

/** Returns an existing crane in the same order of search. Builds nothing. */
export function craneThatIsThere(search: CraneSearch = {}): string | undefined {
  const { named, env = process.env, clone = cloneFolder() } = search;
  return named === undefined
    ? (onPath(env) ?? (clone === undefined ? undefined : provided(clone)))
    : findCrane(search);
}

function provided(clone: string): string | undefined {
  const program = join(clone, PROVIDED);
  return isProgram(program) ? program : undefined;
}
