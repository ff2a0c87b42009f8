import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { liveProcesses } from "../node/processTable";

/**
 * Every process inherits this variable from the job that started it. So it is found even if its
 * parents have ended, or if it is in a process group or session of its own.
 */
export const MARK = "MESH_TEST_JOB";

const PAUSE_MS = 50;
const TIMEOUT_MS = 20_000;

/**
 * A mark within the mark of this process. Whoever ends what has the outer mark ends this too.
 *
 * @example markWithin("a1b2") // "a1b2/", or "9f8e/3/a1b2/" in a test that is run by another run
 */
export function markWithin(name: string): string {
  return `${process.env[MARK] ?? ""}${name}/`;
}

function hasMark(pid: number, mark: string): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return variables.some((each) => each.startsWith(`${MARK}=${mark}`));
  } catch {
    // It has ended in between, or it is another user's.
    return false;
  }
}

/** The processes that have a mark, or one within it. Empty where there is no `/proc`. */
export function markedProcesses(mark: string): number[] {
  if (process.platform !== "linux") {
    return [];
  }
  return liveProcesses().filter((pid) => pid !== process.pid && hasMark(pid, mark));
}

/**
 * Kills the processes that have a mark, until there are none left.
 *
 * @throws Error when they do not end within 20 seconds
 */
export async function endMarked(mark: string): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (let left = markedProcesses(mark); left.length > 0; left = markedProcesses(mark)) {
    if (Date.now() > deadline) {
      throw new Error(`these processes do not end: ${left.join(", ")}`);
    }
    left.forEach(kill);
    await delay(PAUSE_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in between.
  }
}
