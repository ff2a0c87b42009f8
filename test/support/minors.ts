import semver from "semver";
import { NEWEST } from "../../toolchain/versions";

/**
 * The first release of the minor that is so many before that of a version.
 *
 * @example minorsBefore(2, "1.31.4") // "1.29.0"
 */
export function minorsBefore(count: number, version: string = NEWEST): string {
  return `${semver.major(version)}.${semver.minor(version) - count}.0`;
}

/** The first release of the minor after that of a version. @example minorAfter("1.31.4") // "1.32.0" */
export function minorAfter(version: string = NEWEST): string {
  return minorsBefore(-1, version);
}

/** The patch after a version. @example patchAfter("1.30.4") // "1.30.5" */
export function patchAfter(version: string): string {
  return semver.inc(version, "patch") as string;
}
