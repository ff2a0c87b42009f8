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

/** How a program that somebody else installs is found. */
export interface ProgramSearch {
  /** The path that the user named. */
  readonly named?: string;
  /** @default the environment of the process */
  readonly env?: NodeJS.ProcessEnv;
}
