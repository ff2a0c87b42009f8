import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Returns the `sha256:` digest of some bytes. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * The fetched content is not the expected content. No other source is tried then, because a person
 * must look into it.
 */
export class DigestError extends Error {
  override readonly name: string = "DigestError";
}

/**
 * Compares a digest with the expected one.
 *
 * @param name what the message calls the content
 * @throws DigestError if the expected digest does not have the form `sha256:HEX`, or differs
 */
export function compareDigest(name: string, actual: string, expected: string): void {
  if (!DIGEST.test(expected)) {
    throw new DigestError(
      `the digest of ${name} is "${expected}"; allowed: sha256: and 64 hex digits`,
    );
  }
  if (actual !== expected) {
    throw new DigestError(
      `${name} has the digest ${actual}, not the pinned ${expected}; it was not used. ` +
        "fix: find out why it changed before you pin the new one",
    );
  }
}

/**
 * Checks content against a digest, if there is one. @throws DigestError as {@link compareDigest}
 */
export function verifyDigest(name: string, bytes: Uint8Array, expected: string | undefined): void {
  if (expected !== undefined) {
    compareDigest(name, sha256(bytes), expected);
  }
}

/** Digests by the name of an archive, or by `NAME-VERSION` for one version only. */
export type Digests = Readonly<Record<string, string>>;

/**
 * Returns the digest that is pinned for an archive, if any.
 *
 * @example
 * pinnedDigest({ base: A, "base-1.31.0": B }, "base", "1.31.0") // B
 */
export function pinnedDigest(
  digests: Digests | undefined,
  name: string,
  version: string,
): string | undefined {
  return digests?.[`${name}-${version}`] ?? digests?.[name];
}

/** Writes a file so that a reader sees either all of it or nothing. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}

/**
 * Returns the cached archive after checking it again. If there is none, fetches it, checks it and
 * caches it.
 */
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
