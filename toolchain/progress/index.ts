import type { SetupProgress } from "../types";
import { plainProgress } from "./plain";

/**
 * Shows a live list on a terminal, and plain lines elsewhere. Both go to stderr, so stdout stays
 * clean.
 */
export function defaultProgress(now: () => number): SetupProgress {
  // The list needs both streams on the terminal; otherwise it would fall back to stdout. On a
  // terminal without columns, as some log recorders have, it would print one letter per line.
  if (process.stderr.isTTY && process.stdout.isTTY && process.stderr.columns > 0) {
    const { liveProgress } = require("./live") as typeof import("./live");
    return liveProgress(process.stderr);
  }
  return plainProgress({ now, write: (line) => process.stderr.write(`${line}\n`) });
}
