import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** `sha256:` digest of some bytes. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * Checks bytes against a digest.
 *
 * @param name what the message calls the bytes
 * @throws when the digest is not of the form `sha256:HEX` or is another one (row D7)
 */
export function verifyDigest(name: string, bytes: Uint8Array, expected: string | undefined): void {
  if (expected === undefined) {
    return;
  }
  if (!DIGEST.test(expected)) {
    throw new Error(`the digest of ${name} is "${expected}"; allowed: sha256: and 64 hex digits`);
  }
  const actual = sha256(bytes);
  if (actual !== expected) {
    throw new Error(
      `${name} has the digest ${actual}, not the pinned ${expected}; it was not used. ` +
        "fix: find out why it changed before you pin the new one",
    );
  }
}

/** Writes a file so that a reader sees all of it or nothing. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}

/** The kept archive, checked again, or the one that `fetch` brings, checked and then kept. */
export async function keptArchive(
  path: string,
  digest: string | undefined,
  fetch: () => Promise<Uint8Array>,
): Promise<string> {
  if (existsSync(path)) {
    verifyDigest(path, readFileSync(path), digest);
    return path;
  }
  const bytes = await fetch();
  verifyDigest(path, bytes, digest);
  writeWhole(path, bytes);
  return path;
}
