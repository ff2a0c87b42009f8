import { removeCgroup } from "../node/cgroups";
import { cleanUpLeftovers } from "../node/cleanUp";
import { endMarked } from "./marked";

/**
 * Runs beside the runner, in a session of its own. Its standard input ends when the runner ends,
 * however that happens. Then it ends all processes that the run has left, and takes down its nodes and its cgroup.
 *
 * Usage: reaper.ts MARK [CGROUP]
 */
async function main(mark: string, cgroup?: string): Promise<void> {
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once("close", resolve));
  await endMarked(mark);
  // Nodes are root's alone.
  if (process.platform === "linux" && process.getuid?.() === 0) {
    cleanUpLeftovers();
    if (cgroup !== undefined) {
      removeCgroup(cgroup);
    }
  }
}

main(process.argv[2] ?? "", process.argv[3]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
