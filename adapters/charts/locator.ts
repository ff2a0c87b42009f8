import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChartSource } from "../../mesh/model/meshInputs";
import { CannotRender, type ChartLocator } from "../../mesh/render/engine";
import { DigestError, keptArchive, pinnedDigest, verifyDigest } from "./archive";
import { Unreachable } from "./http";
import { missingChart } from "./missing";
import { type ChartNews, eachOnce, NO_NEWS } from "./news";
import { fetchFromOci } from "./oci";
import {
  type ChartPlace,
  type ChartPlaces,
  chartPlacesOf,
  releaseLayout,
  archivePath as releasePath,
} from "./places";
import type { ReleaseArchive } from "./release";
import { fetchFromRepository, NoSuchChart } from "./repository";
import { SignatureError, verifySignatures } from "./signatures";

type Chart = Parameters<ChartLocator["locate"]>[0];
type Fetched = Exclude<ChartSource, { kind: "folder" }>;

/** Returns the layouts in which charts are stored, the most common first. */
function folderCandidates(root: string, { name, folder, version }: Chart): string[] {
  const archive = `${name}-${version}.tgz`;
  const layouts = [
    join(root, version, "charts", folder),
    join(root, "charts", folder),
    join(root, "manifests", "charts", folder),
    join(root, folder),
    join(root, name),
    join(root, archive),
  ];
  return [...new Set(layouts)];
}

function isChart(path: string): boolean {
  return existsSync(path.endsWith(".tgz") ? path : join(path, "Chart.yaml"));
}

function notInFolder(root: string, chart: Chart): Error {
  const places = folderCandidates(root, chart).join(", ");
  return new Error(
    `the chart "${chart.name}" ${chart.version} is not in ${root}; looked for ${places}; ` +
      "fix: name the folder of an Istio release, set `fetchMissing: true` to fetch what it lacks, " +
      "or leave `charts` out to use Istio's own places",
  );
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function archivePath(cache: string, url: string, { name, version }: Chart): string {
  return join(cache, "charts", hashOf(url), `${name}-${version}.tgz`);
}

function notKept({ name, version }: Chart): Error {
  return new CannotRender(
    `the chart "${name}" ${version} is not on this machine; fix: name its source with --charts, or render ` +
      `once (mesh manifest generate --istio-version ${version}), which keeps it`,
  );
}

/** The name under which the digest of a release archive is pinned. */
const RELEASE = "istio";

/** How to find the digest of a release archive. */
function digestOfRelease(version: string): string {
  const { proof, publisher } = releaseLayout(version);
  const file = releasePath(version).split("/").at(-1);
  return proof.kind === "digest"
    ? `${file}${proof.suffix} beside the archive has the digits`
    : `sha256sum ${file} prints the digits; ${file}${proof.suffix} beside it is ${publisher}'s signature`;
}

/** A chart in a release archive has no digest of its own. */
function pinnedButInRelease({ name, version }: Chart): DigestError {
  return new DigestError(
    `digests.${name}: the chart "${name}" ${version} comes out of ${releaseLayout(version).publisher}'s release archive, so that ` +
      `its own digest cannot be checked; fix: pin the archive in its place, "${RELEASE}-${version}": ` +
      `"sha256:…" (${digestOfRelease(version)})`,
  );
}

/** A chart in a release archive has no signature of its own. */
function unsignedInRelease({ name, version }: Chart): SignatureError {
  return new SignatureError(
    `charts.verify: the chart "${name}" ${version} comes out of ${releaseLayout(version).publisher}'s release archive, ` +
      `whose charts are not signed one by one; fix: pin the archive: digests: { "${RELEASE}-${version}": "sha256:…" } ` +
      `(${digestOfRelease(version)}), or name a source that has the chart, signed`,
  );
}

/** Fetches charts of repositories, registries and release archives through a cache folder. */
class Fetching {
  /** Places that did not answer. They are not tried for the next chart. */
  private readonly silent = new Map<string, Unreachable>();
  /** Verifications by archive: several components ask for the same chart. */
  private readonly verified = new Map<string, Promise<void>>();

  constructor(
    private readonly source: Fetched,
    private readonly cache: string,
    private readonly news: ChartNews,
    private readonly env: NodeJS.ProcessEnv,
    private readonly isOffline: boolean,
  ) {
    // A wrong address is an error at once.
    chartPlacesOf(source, env);
  }

  private places({ version }: Pick<Chart, "version">): ChartPlaces {
    return chartPlacesOf(this.source, this.env, version);
  }

  /** Looks in the cache first. If the chart is there, no request is needed. */
  async locate(chart: Chart): Promise<string> {
    for (const warning of this.places(chart).warnings) {
      this.news.warn(warning);
    }
    const digest = pinnedDigest(this.source.digests, chart.name, chart.version);
    const kept = (await this.keptArchive(chart, digest)) ?? (await this.keptRelease(chart, digest));
    if (kept === undefined && this.isOffline) {
      throw notKept(chart);
    }
    return kept ?? this.fetch(chart, digest);
  }

  private async keptArchive(chart: Chart, digest: string | undefined): Promise<string | undefined> {
    const kept = this.places(chart)
      .charts.map((place) => ({ place, path: archivePath(this.cache, place.url, chart) }))
      .find(({ path }) => existsSync(path));
    if (kept === undefined) {
      return undefined;
    }
    verifyDigest(kept.path, readFileSync(kept.path), digest);
    return this.signed(kept.place, chart, kept.path);
  }

  /** Returns the path of an archive once its signatures are verified, if the source asks for that. */
  private async signed(place: ChartPlace, chart: Chart, path: string): Promise<string> {
    const { verify } = this.source;
    if (verify === undefined) {
      return path;
    }
    const { name, version } = chart;
    const options = { env: this.env, isOffline: this.isOffline };
    const work =
      this.verified.get(path) ?? verifySignatures({ name, version, place, path }, verify, options);
    this.verified.set(path, work);
    await work;
    return path;
  }

  private async keptRelease(chart: Chart, digest: string | undefined): Promise<string | undefined> {
    const isKept =
      digest === undefined &&
      !this.needsPinnedRelease(chart) &&
      existsSync(this.release(chart.version).folder);
    const path = isKept ? await this.inRelease(chart) : undefined;
    return path !== undefined && isChart(path) ? path : undefined;
  }

  private async fetch(chart: Chart, digest: string | undefined): Promise<string> {
    const failures: Error[] = [];
    const places = this.places(chart);
    for (const place of places.charts) {
      try {
        return await this.fromPlace(place, chart, digest);
      } catch (error) {
        failures.push(this.told(place, error as Error, places));
        if (error instanceof NoSuchChart) {
          // Istio publishes the same charts in its repository and in its registry.
          break;
        }
      }
    }
    if (places.releases.length === 0) {
      throw missingChart(chart, failures, places);
    }
    if (digest !== undefined) {
      throw pinnedButInRelease(chart);
    }
    if (this.needsPinnedRelease(chart)) {
      throw unsignedInRelease(chart);
    }
    return this.fromRelease(chart, failures);
  }

  /** With signatures, a release archive may be used only if its digest is pinned. */
  private needsPinnedRelease({ version }: Chart): boolean {
    const { verify, digests } = this.source;
    return verify !== undefined && pinnedDigest(digests, RELEASE, version) === undefined;
  }

  private async fromPlace({ kind, url }: ChartPlace, chart: Chart, digest: string | undefined) {
    const silent = this.silent.get(url);
    if (silent !== undefined) {
      throw silent;
    }
    const fetch = kind === "oci" ? fetchFromOci : fetchFromRepository;
    const path = await keptArchive(archivePath(this.cache, url, chart), digest, () =>
      fetch(url, chart.name, chart.version),
    );
    return this.signed({ kind, url }, chart, path);
  }

  /** A place that lacks the chart is expected. Any other failure is reported. */
  private told({ url }: ChartPlace, error: Error, { charts, releases }: ChartPlaces): Error {
    if (error instanceof DigestError) {
      throw error;
    }
    if (error instanceof Unreachable) {
      this.silent.set(url, error);
    }
    const all = [...charts.map((place) => place.url), ...releases];
    const next = all[all.indexOf(url) + 1];
    if (next !== undefined && !(error instanceof NoSuchChart)) {
      this.news.warn(`${error.message}; trying ${next}`);
    }
    return error;
  }

  private release(version: string): ReleaseArchive {
    const { releases } = this.places({ version });
    return {
      version,
      urls: releases,
      layout: releaseLayout(version),
      digest: pinnedDigest(this.source.digests, RELEASE, version),
      folder: join(this.cache, "releases", hashOf(releases.join(",")), `${RELEASE}-${version}`),
    };
  }

  private async inRelease({ folder, version }: Chart): Promise<string> {
    const { keptManifests } = require("./release") as typeof import("./release");
    return join(await keptManifests(this.release(version), this.news), "charts", folder);
  }

  private async fromRelease(chart: Chart, failures: readonly Error[]): Promise<string> {
    try {
      const path = await this.inRelease(chart);
      if (isChart(path)) {
        return path;
      }
      throw new Error(
        `the release archive of Istio ${chart.version} has no charts/${chart.folder}`,
      );
    } catch (error) {
      throw error instanceof DigestError
        ? error
        : missingChart(chart, [...failures, error as Error], this.places(chart));
    }
  }
}

/** The options of a locator. */
export interface LocatorOptions {
  /**
   * Receives messages about where charts come from, and about the progress of downloads. @default
   * no messages
   */
  readonly news?: ChartNews;
  /**
   * The environment; see `istioPlaces`. @default the environment of the process
   *
   * @default the environment of the process; see `istioPlaces`
   */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether nothing is fetched: only charts that are kept on this machine are found. @default false */
  readonly offline?: boolean;
}

/**
 * Returns a locator that finds charts in a source: a folder is used as it is, and archives of a
 * repository, a registry or a release go through a cache folder. Pinned digests are checked each
 * time, and signatures if the source asks for them.
 *
 * If the source has no address, Istio's own places are tried in order: its Helm repository, its
 * registry, its release archives; a build of Google's comes out of Google's release archives. If it has one, only the places that the source names are used.
 *
 * @param source where the charts are @default Istio's own places
 * @param cache the folder for archives
 * @throws Error if an environment variable holds anything other than addresses
 */
export function chartLocator(
  source: ChartSource | undefined,
  cache: string,
  { news = NO_NEWS, env = process.env, offline = false }: LocatorOptions = {},
): ChartLocator {
  const from = source ?? { kind: "repository" };
  const told = eachOnce(news);
  const fetching = (fetched: Fetched) => new Fetching(fetched, cache, told, env, offline);
  if (from.kind !== "folder") {
    return fetching(from);
  }
  const others = from.fetchMissing === true ? fetching({ kind: "repository" }) : undefined;
  return {
    async locate(chart) {
      const found = folderCandidates(from.path, chart).find(isChart);
      if (found === undefined && others === undefined) {
        throw notInFolder(from.path, chart);
      }
      return found ?? (others as Fetching).locate(chart);
    },
  };
}
