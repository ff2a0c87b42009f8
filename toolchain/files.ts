import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isComplete, type Tool } from "./catalog";
import type { Places } from "./places";

/**
 * Set-up writes each file or folder under a name with this prefix in its final folder, and renames
 * it when it is complete. A rename within one folder is atomic.
 */
const unfinished = ".setup-";

/** Returns a temporary name for `target`, and creates its folder. */
export function unfinishedName(target: string): string {
  mkdirSync(dirname(target), { recursive: true });
  return join(dirname(target), `${unfinished}${process.pid}-${basename(target)}`);
}

/** Renames a complete file to its final name. */
export function finishFile(written: string, target: string): void {
  renameSync(written, target);
}

/** Renames a complete folder to its final name, and replaces what is there. */
export function finishFolder(written: string, target: string): void {
  rmSync(target, { recursive: true, force: true });
  renameSync(written, target);
}

/**
 * Removes what an interrupted run has left. Call it only while holding the locks, because the
 * names do not tell which run they belong to.
 */
export function removeInterruptedWork(places: Places, tools: readonly Tool[]): void {
  rmSync(places.build, { recursive: true, force: true });
  const folders = [places.home, places.cliBin, places.plugins, places.charts, places.bin];
  for (const folder of folders) {
    removeUnfinished(folder);
  }
  for (const tool of tools.filter((each) => !isComplete(each))) {
    removeContradicting(tool);
  }
}

function removeUnfinished(folder: string): void {
  if (!existsSync(folder)) {
    return;
  }
  for (const name of readdirSync(folder)) {
    if (name.startsWith(unfinished)) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function removeContradicting(tool: Tool): void {
  for (const file of tool.contradicting) {
    if (existsSync(file)) {
      rmSync(tool.target, { recursive: true, force: true });
      rmSync(file, { force: true });
    }
  }
}
