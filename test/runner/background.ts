import { availableParallelism, loadavg } from "node:os";
import type { Wrap } from "../cluster/processes";
import { createIdleCgroup, inIdleCgroup } from "../node/cgroups";

/** True where a job can be given less of the processor than another one. */
export function hasBackground(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}

/** True where others use the machine: what they leave may be nothing, and a job needs a share. */
export function isMachineBusy(): boolean {
  const [, inFiveMinutes = 0] = loadavg();
  return inFiveMinutes > 2 * availableParallelism();
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
