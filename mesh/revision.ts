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

function suggestion(revision: string): string {
  const name = revision
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, MAX_LENGTH)
    .replace(/-+$/, "");
  return name === "" ? 'write it like "1-29-1"' : `write "${name}"`;
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
  if (revision === "" || (REVISION.test(revision) && revision.length <= MAX_LENGTH)) {
    return undefined;
  }
  const reason = revision.includes(".")
    ? "dots are not allowed in a revision"
    : "is not a revision";
  return { reason, allowed: ALLOWED, fix: suggestion(revision) };
}
