import { readFileSync } from "node:fs";
import { Header } from "tar";

const BLOCK = 512;

/** One entry of an archive. */
export type Entry =
  | { readonly path: string; readonly folder: true; readonly mode?: number }
  /** A copy of a file of this machine. */
  | { readonly path: string; readonly from: string; readonly mode?: number }
  | { readonly path: string; readonly content: string; readonly mode?: number }
  | { readonly path: string; readonly pieces: readonly Buffer[]; readonly mode?: number };

/** An archive in pieces, to be written one after the other. Equal entries make equal bytes. */
export function tarPieces(entries: readonly Entry[]): Buffer[] {
  return [...entries.flatMap(entryPieces), Buffer.alloc(2 * BLOCK)];
}

function entryPieces(entry: Entry): Buffer[] {
  if ("folder" in entry) {
    return [headerOf(`${entry.path}/`, "Directory", entry.mode ?? 0o755, 0)];
  }
  const pieces = piecesOf(entry);
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const padding = Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
  return [headerOf(entry.path, "File", entry.mode ?? 0o644, size), ...pieces, padding];
}

function piecesOf(entry: Exclude<Entry, { readonly folder: true }>): readonly Buffer[] {
  if ("pieces" in entry) {
    return entry.pieces;
  }
  return ["from" in entry ? readFileSync(entry.from) : Buffer.from(entry.content)];
}

function headerOf(path: string, type: "Directory" | "File", mode: number, size: number): Buffer {
  const header = new Header({ path, type, mode, size, uid: 0, gid: 0, mtime: new Date(0) });
  if (header.encode()) {
    throw new Error(`${path} does not fit into a header`);
  }
  return header.block as Buffer;
}
