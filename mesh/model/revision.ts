import { DEFAULT_VERSION } from "./defaultVersion";

/** A revision must be a DNS label, because label values and object names contain it. */
const REVISION = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Service names have the prefix `istiod-` and are at most 63 characters long. */
const MAX_LENGTH = 56;

/**
 * Returns the name that a version has as a revision.
 *
 * @example
 * revisionOf("1.31.0") // "1-31-0"
 */
export function revisionOf(version: string): string {
  return version.replaceAll(".", "-");
}

/** A revision for messages that show how one is written. */
export const EXAMPLE_REVISION = revisionOf(DEFAULT_VERSION);

export interface RevisionFinding {
  readonly reason: string;
  readonly allowed: string;
  readonly fix: string;
}

const ALLOWED = `lower-case letters, digits and hyphens, at most ${MAX_LENGTH} characters`;

/** istioctl reads a revision like a setting. These become numbers and booleans, and fail. */
const NOT_A_TEXT = /^(\d+(e\d+)?|0x[\da-f]+(p-?\d+)?|inf(inity)?|nan|t|f|true|false)$/;

function suggestion(revision: string): string {
  const name = revision
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, MAX_LENGTH)
    .replace(/-+$/, "");
  const text = NOT_A_TEXT.test(name) ? `r${name}` : name;
  return `write ${name === "" ? `it like "${EXAMPLE_REVISION}"` : `"${text}"`}`;
}

/**
 * Returns what is wrong with a revision's name, or `undefined` if it is valid. An empty name is the
 * default revision.
 *
 * @example
 * checkRevision("1.31.0")?.fix // 'write "1-31-0"'
 * @see https://istio.io/latest/docs/setup/upgrade/canary/ (dots are not allowed)
 */
export function checkRevision(revision: string): RevisionFinding | undefined {
  if (NOT_A_TEXT.test(revision)) {
    const reason = "reads as a number or a boolean";
    return { reason, allowed: ALLOWED, fix: suggestion(revision) };
  }
  if (revision === "" || (REVISION.test(revision) && revision.length <= MAX_LENGTH)) {
    return undefined;
  }
  const reason = revision.includes(".")
    ? "dots are not allowed in a revision"
    : "is not a revision";
  return { reason, allowed: ALLOWED, fix: suggestion(revision) };
}
