import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Tool } from "./catalog";

const suffix = ".built";

/**
 * Returns the file that states a program's version, for a program whose name does not contain it.
 */
export function markFile(folder: string, name: string, version: string): string {
  return join(folder, `.${name}-${version}${suffix}`);
}

/** Writes a tool's mark, and removes those of other versions. */
export function writeMark(tool: Tool): void {
  if (tool.mark === undefined) {
    return;
  }
  const folder = dirname(tool.mark);
  const own = basename(tool.mark).slice(0, -(tool.version + suffix).length);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(own) && name.endsWith(suffix)) {
      rmSync(join(folder, name));
    }
  }
  writeFileSync(tool.mark, `${tool.version}\n`);
}
