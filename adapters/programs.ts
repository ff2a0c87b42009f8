import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Returns whether a path is a file that may be run. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Returns the path of a program on PATH, if it is there.
 *
 * @param name without `.exe`
 */
export function programOnPath(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, file)).find(isProgram);
}

/** A program that the user installs, since no npm package does what it does. */
export interface OutsideProgram {
  readonly name: string;
  /** @example "which moves images" */
  readonly purpose: string;
  readonly howToGet: string;
}

/**
 * Returns a program: the named one, or else the one on PATH, or `undefined` if PATH has none.
 *
 * @throws Error if the named one is not a program
 */
export function programThatIsThere(
  { name, howToGet }: OutsideProgram,
  { named, env = process.env }: ProgramSearch = {},
): string | undefined {
  if (named !== undefined && !isProgram(named)) {
    throw new Error(`--${name}: ${named} is no program; fix: ${howToGet}`);
  }
  return named ?? programOnPath(name, env);
}

/**
 * Returns a program: the named one, or else the one on PATH.
 *
 * @throws Error if there is none, with how to get it
 */
export function findProgram(program: OutsideProgram, search: ProgramSearch = {}): string {
  const found = programThatIsThere(program, search);
  if (found === undefined) {
    const { name, purpose, howToGet } = program;
    throw new Error(`${name}, ${purpose}, is not on PATH; fix: ${howToGet}`);
  }
  return found;
}

/** How a program that somebody else installs is found. */
export interface ProgramSearch {
  /** The path that the user named. */
  readonly named?: string;
  /** @default the environment of the process */
  readonly env?: NodeJS.ProcessEnv;
}
