/** Kubernetes label values and object names both hold a revision, so it is a DNS label. */
const REVISION = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * `istiod-` goes before it in Service names, which are at most 63 characters long.
 */
const MAX_LENGTH = 56;

export interface RevisionFinding {
  readonly reason: string;
  readonly allowed: string;
  readonly fix: string;
}

const ALLOWED = `lower-case letters, digits and hyphens, at most ${MAX_LENGTH} characters`;

/** istioctl reads a revision as it reads a setting: these become numbers and booleans, and fail. */
const NOT_A_TEXT = /^(\d+(e\d+)?|0x[\da-f]+(p-?\d+)?|inf(inity)?|nan|t|f|true|false)$/;

function suggestion(revision: string): string {
  const name = revision
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, MAX_LENGTH)
    .replace(/-+$/, "");
  const text = NOT_A_TEXT.test(name) ? `r${name}` : name;
  return name === "" ? 'write it like "1-29-1"' : `write "${text}"`;
}

/**
 * Says what is wrong with a revision's name; `undefined` when nothing is. An empty name is the
 * default revision.
 *
 * @example
 * checkRevision("1.29.1")?.fix // 'write "1-29-1"'
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
