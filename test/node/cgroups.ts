import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Command, Wrap } from "../cluster/processes";
import { retry } from "./wait";

const MOUNTS = "/proc/self/mounts";

const RELEASE_TIMEOUT_MS = 5_000;

/** Folders of the cgroup hierarchies: one with version 2, one a controller with version 1. */
export function hierarchies(): string[] {
  return readFileSync(MOUNTS, "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([, folder, type = ""]) =>
      folder !== undefined && type.startsWith("cgroup") ? [folder] : [],
    );
}

/** Of a cgroup with a controller for the processor; both versions have it since Linux 5.15. */
const IDLE = "cpu.idle";

function inHierarchies(cgroup: string): string[] {
  return hierarchies().map((folder) => join(folder, cgroup));
}

/** Makes the cgroup, like `/mesh-node-a1b2c3`, below which all pods of a run will be. */
export function createCgroup(cgroup: string): void {
  for (const folder of hierarchies()) {
    passOnControllers(folder);
    mkdirSync(join(folder, cgroup), { recursive: true });
  }
}

/**
 * Makes a cgroup that gets only what others leave of the processor. It stands beside those others:
 * below one of them it would have that one's share.
 */
export function createIdleCgroup(cgroup: string): void {
  createCgroup(cgroup);
  for (const folder of inHierarchies(cgroup)) {
    const idle = join(folder, IDLE);
    if (existsSync(idle)) {
      writeFileSync(idle, "1");
    }
  }
}

/**
 * Runs commands in an idle cgroup. A priority of single processes (`chrt --idle`, `nice`) does not do
 * what that does: the kernel weighs them against all pods together.
 */
export function inIdleCgroup(cgroup: string): Wrap {
  const moves = inHierarchies(cgroup)
    .filter((folder) => existsSync(join(folder, IDLE)))
    .map((folder) => `echo $$ > ${join(folder, "cgroup.procs")}`);
  const script = [...moves, 'exec "$0" "$@"'].join(" && ");
  return (command: Command) => ["sh", "-c", script, ...command];
}

/** With version 2, a cgroup has only the controllers that the one above it passes on. */
function passOnControllers(folder: string): void {
  const available = join(folder, "cgroup.controllers");
  if (!existsSync(available)) {
    return;
  }
  for (const name of readFileSync(available, "utf8").split(/\s+/).filter(Boolean)) {
    writeFileSync(join(folder, "cgroup.subtree_control"), `+${name}`);
  }
}

/** Removes a cgroup that has no process any more, with all below it. */
export function removeCgroup(cgroup: string): void {
  for (const folder of hierarchies().map((each) => join(each, cgroup))) {
    if (existsSync(folder)) {
      removeTree(folder);
    }
  }
}

/** The files in it are the kernel's and go with their folder. A process that ends holds it a while. */
function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      removeTree(join(folder, entry.name));
    }
  }
  retry(() => rmdirSync(folder), RELEASE_TIMEOUT_MS);
}
