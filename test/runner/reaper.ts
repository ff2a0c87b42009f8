import { cleanUpLeftovers } from "../node/cleanUp";
import { endMarked } from "./marked";

/**
 * Runs beside the runner, in a session of its own. Its standard input ends when the runner ends,
 * however that happens. Then it ends all processes that the run has left, and takes down its nodes.
 *
 * Usage: reaper.ts MARK
 */
async function main(mark: string): Promise<void> {
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once("close", resolve));
  await endMarked(mark);
  // Nodes are root's alone.
  if (process.platform === "linux" && process.getuid?.() === 0) {
    cleanUpLeftovers();
  }
}

main(process.argv[2] ?? "").catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
