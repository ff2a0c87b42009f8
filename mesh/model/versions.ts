import semver from "semver";
import data from "../data/builds.json";
import { DEFAULT_VERSION } from "./defaultVersion";
import { compareMinors, MINORS, type MinorFacts, minorOf } from "./minors";

const OLDEST = MINORS.names[0] ?? "";

/** Returns the facts of a version's minor, or of the known minor that is next to it. */
export function minorFacts(version: string): MinorFacts {
  return MINORS.facts(version);
}

const NEWEST = MINORS.names.at(-1) ?? "";

function minorBefore(version: string): string {
  return MINORS.names[MINORS.names.indexOf(minorOf(version)) - 1] ?? OLDEST;
}

/** A release of the minor before the default one, for examples of an upgrade. */
export const PREVIOUS_VERSION: string = MINORS.facts(`${minorBefore(DEFAULT_VERSION)}.0`).from;

/** A release of the oldest known minor, for examples with an old one. */
export const OLDEST_VERSION: string = MINORS.facts(`${OLDEST}.0`).from;

/**
 * Returns the newest known minor if a version is of a newer one, of which this package knows nothing.
 * Its charts are rendered as they are, and the newest known types check what they are given.
 *
 * @example
 * newestKnownBefore("1.99.0") // "1.31"
 * newestKnownBefore("1.29.1") // undefined
 */
export function newestKnownBefore(version: string): string | undefined {
  const minor = minorOf(version);
  return minor !== "" && compareMinors(minor, NEWEST) > 0 ? NEWEST : undefined;
}

/**
 * Returns the build of Istio to which a version belongs, or `undefined` for Istio's own.
 *
 * @example
 * buildOf("1.23.3-asm.2") // "asm"
 */
export function buildOf(version: string): string | undefined {
  const name = semver.prerelease(version)?.[0];
  return Object.keys(data.builds).find((build) => build === name);
}

/**
 * The registry path of a version's images, as its build publishes them.
 *
 * @example
 * hubOf("1.23.3-asm.2") // "gke.gcr.io/asm"
 */
export function hubOf(version: string): string {
  const builds: Readonly<Record<string, { readonly hub: string }>> = data.builds;
  return builds[buildOf(version) ?? ""]?.hub ?? data.hub;
}

/**
 * Returns what is wrong with an Istio version, or `undefined` if it is valid.
 *
 * @example
 * checkVersion("1.29") // "is not a full version"
 */
export function checkVersion(version: string): { reason: string; allowed: string } | undefined {
  const allowed = `a full version from ${OLDEST}.0 on, such as ${DEFAULT_VERSION} or 1.23.3-asm.2`;
  if (semver.valid(version) === null || version.startsWith("v")) {
    return { reason: "is not a full version", allowed };
  }
  return compareMinors(minorOf(version), OLDEST) < 0
    ? { reason: "is older than the oldest supported release", allowed }
    : undefined;
}
