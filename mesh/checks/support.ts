import semver from "semver";
import { groupBy, someOf } from "../common/lists";
import data from "../data/securityBulletins.json";
import { MINORS, type MinorRelease, minorOf } from "../model/minors";
import type { Finding } from "./finding";
import { findingsOf } from "./findings";

/** An Istio version, and what runs it or would run it. */
export interface VersionUse {
  readonly version: string;
  /** @example "control plane 1-31-0" */
  readonly user: string;
}

const CHECK = "support";

/**
 * Whether Istio's own dates and bulletins hold for a version: builds of others, such as Google's, have
 * support and patches of their own.
 */
function isIstios(version: string): boolean {
  return semver.valid(version) !== null && semver.prerelease(version) === null;
}

/** The day of a moment, as ISO 8601 writes it. */
const dayOf = (now: number) => new Date(now).toISOString().slice(0, "2026-01-01".length);

/** Returns whether the last day, or the last month, with support is over. */
function hasEnded({ endOfSupport }: MinorRelease, now: number): boolean {
  return endOfSupport !== undefined && dayOf(now).slice(0, endOfSupport.length) > endOfSupport;
}

/** Known minors that Istio supports on a day. */
function supportedMinors(now: number): string[] {
  return MINORS.names.filter((minor) => {
    const release = MINORS.release(`${minor}.0`);
    return release !== undefined && release.released <= dayOf(now) && !hasEnded(release, now);
  });
}

function endFindings(version: string, users: string, now: number): Finding[] {
  const release = MINORS.release(version);
  if (release === undefined || !hasEnded(release, now)) {
    return [];
  }
  const { endOfSupport, endIsExpected, source } = release;
  const when =
    endIsExpected === true ? `was expected to end in ${endOfSupport}` : `ended ${endOfSupport}`;
  const minors = supportedMinors(now);
  const fix = `upgrade to a minor with support${minors.length > 0 ? `: ${minors.join(", ")}` : ""}`;
  const reason = `support of ${minorOf(version)} ${when} (${source}), so it gets no more patches; used by ${users}`;
  return [findingsOf(CHECK).info(`Istio ${version}`, reason, fix)];
}

interface Mended {
  readonly id: string;
  readonly cvss: number;
  readonly cves: readonly string[];
  /** The first patch without it. */
  readonly mended: string;
}

/** Bulletins of a day and before that hold for a version, and that a patch of its minor mends. */
function bulletinsFor(version: string, now: number): Mended[] {
  return data.bulletins
    .filter(({ date }) => date <= dayOf(now))
    .flatMap(({ id, cvss, cves, affected }) => {
      const range = affected.find(({ mended }) => minorOf(mended) === minorOf(version));
      return range !== undefined &&
        semver.gte(version, range.from) &&
        semver.lt(version, range.mended)
        ? [{ id, cvss, cves, mended: range.mended }]
        : [];
    });
}

function bulletinFindings(version: string, users: string, now: number): Finding[] {
  const found = bulletinsFor(version, now);
  const patch = found
    .map(({ mended }) => mended)
    .sort(semver.compare)
    .at(-1);
  if (patch === undefined) {
    return [];
  }
  const list = found.map(({ id, cvss, cves }) => `${id} (CVSS ${cvss}: ${someOf(cves)})`);
  const reason = `has known vulnerabilities that ${patch} mends: ${list.join("; ")}; used by ${users}; bulletins until ${data.asOf}: ${data.source}`;
  return [findingsOf(CHECK).info(`Istio ${version}`, reason, `take ${patch} or a later patch`)];
}

/**
 * Says which versions are out of Istio's support, and which have known vulnerabilities that a patch of
 * the same minor mends. What is not known is not said, and nothing is worse than an info: a date that
 * passes must not make a command fail.
 *
 * @param now in milliseconds since 1970
 * @example
 * supportFindings([{ version: "1.28.2", user: "control plane 1-28-2" }], Date.now())[0].fix
 * // "upgrade to a minor with support: 1.30, 1.31"
 * @see https://istio.io/latest/docs/releases/supported-releases/
 */
export function supportFindings(uses: readonly VersionUse[], now: number): Finding[] {
  const versions = groupBy(
    uses.filter(({ version }) => isIstios(version)),
    ({ version }) => version,
  );
  return [...versions].flatMap(([version, group]) => {
    const users = someOf([...new Set(group.map(({ user }) => user))]);
    return [...endFindings(version, users, now), ...bulletinFindings(version, users, now)];
  });
}
