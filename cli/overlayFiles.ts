import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { readFailure } from "../adapters/readFailure";
import type { Problem } from "../mesh/common/problem";

/** Far above the allowed size of an overlay, so that the parser reports the allowed size. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

function readOpen(file: number): string | undefined {
  const stats = fstatSync(file);
  return stats.isFile() && stats.size > MAX_READ_BYTES ? undefined : readFileSync(file, "utf8");
}

/**
 * Returns the text of an overlay's file, or what is wrong with the file itself. `-` is standard
 * input.
 */
export function readOverlayText(path: string): string | Problem {
  try {
    const file = path === "-" ? 0 : openSync(path, "r");
    try {
      return readOpen(file) ?? { source: path, path: "", reason: "is larger than 256 KiB" };
    } finally {
      if (file !== 0) {
        closeSync(file);
      }
    }
  } catch (error) {
    return { source: path, path: "", reason: readFailure(error), isUnread: true };
  }
}
