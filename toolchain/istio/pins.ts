import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { versions } from "../versions";

const FILE = join(__dirname, "..", "versions.json");

/** The releases whose charts set-up can make, the newest first. */
export function pinnedReleases(): readonly string[] {
  return [...versions.istio.charts].sort(semver.rcompare);
}

/** Has set-up know the charts and the programs of a release. */
export function pinRelease(version: string): void {
  const pins = JSON.parse(readFileSync(FILE, "utf8")) as { istio: Record<string, unknown> };
  const { charts, programs } = versions.istio;
  const having = (list: readonly string[]) =>
    [...new Set([...list, version])].sort(semver.rcompare);
  pins.istio = { ...pins.istio, charts: having(charts), programs: having(programs) };
  writeFileSync(FILE, `${JSON.stringify(pins, null, 2)}\n`);
}
