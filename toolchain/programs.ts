import { delimiter, join } from "node:path";
import { isExecutable } from "./catalog";
import type { System } from "./types";

/** Looks for a program on PATH, then in other folders. */
export function findProgram(
  system: Pick<System, "env">,
  name: string,
  further: readonly string[] = [],
): string | undefined {
  const folders = (system.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...folders, ...further]
    .map((folder) => join(folder, name))
    .find((file) => isExecutable(file));
}
