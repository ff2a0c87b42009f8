import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isComplete, type Tool } from "./catalog";
import type { Places } from "./places";

/**
 * What set-up writes gets a name of this kind first, in the folder where it will stay, and
 * its own name when it is complete: a rename inside one folder happens at once or not at all.
 */
const unfinished = ".setup-";

/** The name under which to write what will become `target`; its folder is made. */
export function unfinishedName(target: string): string {
  mkdirSync(dirname(target), { recursive: true });
  return join(dirname(target), `${unfinished}${process.pid}-${basename(target)}`);
}

/** Gives a file its own name. */
export function finishFile(written: string, target: string): void {
  renameSync(written, target);
}

/** Gives a folder its own name, in place of what is there. */
export function finishFolder(written: string, target: string): void {
  rmSync(target, { recursive: true, force: true });
  renameSync(written, target);
}

/**
 * Removes what an interrupted run has left. Only for the holder of the locks: the names do
 * not tell whose work it is.
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
