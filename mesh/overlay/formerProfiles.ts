import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import data from "../data/formerProfiles.json";

/** A profile that Istio or Google had once. */
export interface FormerProfile {
  /** The profile to use today. */
  readonly instead: string;
  readonly why: string;
  readonly source: string;
  /** Annotations of the overlay that stand for what the profile asked for. */
  readonly annotations?: JsonObject;
  /** What else it did. */
  readonly byHand?: string;
}

const FORMER: Readonly<Record<string, FormerProfile>> = data.profiles;

/**
 * The profile that a name stood for in an older release, or `undefined`.
 *
 * @example
 * formerProfile("separate")?.instead // "default"
 */
export function formerProfile(name: string): FormerProfile | undefined {
  return Object.hasOwn(FORMER, name) ? FORMER[name] : undefined;
}

/**
 * What is said of a profile that does not exist.
 *
 * @param names those that exist
 */
export function unknownProfile(
  name: string,
  names: readonly string[],
): Pick<Problem, "reason" | "allowed" | "fix" | "see"> {
  const former = formerProfile(name);
  const allowed = names.join(", ");
  if (former === undefined) {
    return { reason: "there is no profile of this name", allowed, fix: didYouMean(name, names) };
  }
  const { why, instead, byHand, source } = former;
  const more = byHand === undefined ? "" : `, and ${byHand}`;
  return {
    reason: `there is no such profile any more: ${why}`,
    allowed,
    fix: `use ${instead}${more}; "mesh overlay migrate" rewrites a file`,
    see: source,
  };
}
