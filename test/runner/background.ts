import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Wrap } from "../cluster/processes";
import { createIdleCgroup, inIdleCgroup } from "../node/cgroups";

/** True where a job can be given less of the processor than another one. */
export function hasBackground(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}

/** How long a look at the processor takes, in milliseconds. */
const LOOK_MS = 2000;

/** The time of all processors since the start of the machine, and how much of it nobody used. */
function processorTime(): { readonly all: number; readonly idle: number } {
  const times = cpus().map(({ times: each }) => each);
  const all = times.flatMap((each) => Object.values(each)).reduce((sum, time) => sum + time, 0);
  return { all, idle: times.reduce((sum, { idle }) => sum + idle, 0) };
}

/**
 * True where others use half of the processors now: what they leave may be nothing, and a job needs a
 * share. The average load of the last minutes does not say so, because it may be that of work that has
 * ended. Called before the first job starts.
 */
export async function isMachineBusy(): Promise<boolean> {
  const before = processorTime();
  await delay(LOOK_MS);
  const after = processorTime();
  return after.idle - before.idle < (after.all - before.all) / 2;
}

/**
 * Runs commands with what others leave of the processor. Servers of a node have a cgroup of the same kind
 * and share with them; a node's pods and its tests come first.
 *
 * @param cgroup its name, which is this run's own; the reaper removes it
 */
export function background(cgroup: string): Wrap {
  createIdleCgroup(cgroup);
  return inIdleCgroup(cgroup);
}
