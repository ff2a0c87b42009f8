import type { Wrap } from "../cluster/processes";
import { createIdleCgroup, inIdleCgroup } from "../node/cgroups";

/** True where a job can be given less of the processor than another one. */
export function hasBackground(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
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
