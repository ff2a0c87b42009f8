import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Tool } from "./catalog";

const suffix = ".built";

/** The file that says which version a program has whose own name does not say it. */
export function markFile(folder: string, name: string, version: string): string {
  return join(folder, `.${name}-${version}${suffix}`);
}

/** Writes a tool's mark, in place of those of other versions. */
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
