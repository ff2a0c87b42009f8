import type { SetupProgress } from "../types";
import { plainProgress } from "./plain";

/** A live list on a terminal, plain lines elsewhere; both on stderr, which leaves stdout clean. */
export function defaultProgress(now: () => number): SetupProgress {
  // The list needs both streams on the terminal: it falls back to stdout when that is not one.
  // A terminal without columns, as some logs are recorded with, would get a letter per line.
  if (process.stderr.isTTY && process.stdout.isTTY && process.stderr.columns > 0) {
    const { liveProgress } = require("./live") as typeof import("./live");
    return liveProgress(process.stderr);
  }
  return plainProgress({ now, write: (line) => process.stderr.write(`${line}\n`) });
}
