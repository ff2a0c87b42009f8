import data from "../../mesh/data/istioPlaces.json";
import type { ChartSource } from "../../mesh/model/meshInputs";
import { buildOf } from "../../mesh/model/versions";
import { describeRetired, retiredPlaceIn } from "../../mesh/schema/retiredPlaces";

/** An address from which charts can be fetched one by one. */
export interface ChartPlace {
  readonly kind: "repository" | "oci";
  readonly url: string;
}

/** The places that charts come from, in the order in which they are tried. */
export interface ChartPlaces {
  readonly charts: readonly ChartPlace[];
  /** The addresses of release archives. Each has a folder for every version. */
  readonly releases: readonly string[];
  /** True for a user's mirror; false for Istio's places or those from the environment. */
  readonly isOwn: boolean;
  /** Warnings about the places. */
  readonly warnings: readonly string[];
}

/** What an archive is checked against if its digest is not pinned: a file beside it. */
export type ReleaseProof =
  | { readonly kind: "digest"; readonly suffix: string }
  | {
      readonly kind: "signature";
      readonly suffix: string;
      /** Public key in PEM, for a signature of the archive's SHA-256 digest. */
      readonly key: string;
    };

/** Where the archives of a build lie below an address of releases. */
export interface ReleaseLayout {
  /** Who publishes them. */
  readonly publisher: string;
  /** The path of an archive, with `VERSION` for its version. */
  readonly archive: string;
  readonly proof: ReleaseProof;
}

interface BuildPlaces {
  readonly releases: readonly { readonly url: string }[];
  readonly layout: ReleaseLayout;
}

const BUILDS = data.builds as unknown as Readonly<Record<string, BuildPlaces>>;

/** What the publisher of a version's build has, if it is not the Istio project. */
function buildPlaces(version: string | undefined): BuildPlaces | undefined {
  return BUILDS[(version === undefined ? undefined : buildOf(version)) ?? ""];
}

/**
 * Returns how the release archives of a version are stored. A mirror has the layout of what it
 * mirrors.
 *
 * @example releaseLayout("1.23.3-asm.2").archive // "istio-VERSION-linux-amd64.tar.gz"
 */
export function releaseLayout(version: string): ReleaseLayout {
  return buildPlaces(version)?.layout ?? (data.layout as ReleaseLayout);
}

/** Returns the path of a version's archive below an address of releases. */
export function archivePath(version: string, { archive } = releaseLayout(version)): string {
  return archive.replaceAll("VERSION", version);
}

/** Environment variables that replace Istio's own places. */
export const CHARTS_VARIABLE = "SERVICE_MESH_CHARTS";
export const RELEASES_VARIABLE = "SERVICE_MESH_RELEASES";

function listIn(env: NodeJS.ProcessEnv, name: string): string[] {
  return (env[name] ?? "")
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");
}

function checkUrl(variable: string, url: string, pattern: RegExp, allowed: string): void {
  if (!pattern.test(url)) {
    throw new Error(`${variable}: is not an address (got "${url}"); allowed: ${allowed}`);
  }
}

function chartPlace(url: string): ChartPlace {
  const allowed = "https://… of a Helm repository, or oci://…; several with commas between";
  checkUrl(CHARTS_VARIABLE, url, /^(https?|oci):\/\/[^/]/, allowed);
  return { kind: url.startsWith("oci:") ? "oci" : "repository", url };
}

function releasePlace(url: string): string {
  const allowed = "https://… below which release archives lie; several with commas between";
  checkUrl(RELEASES_VARIABLE, url, /^https?:\/\/[^/]/, allowed);
  return url;
}

function retiredIn(variable: string, urls: readonly string[]): string[] {
  return urls.flatMap((url) => {
    const place = retiredPlaceIn(url);
    if (place === undefined) {
      return [];
    }
    const { reason, fix, see } = describeRetired(place);
    return [`${variable}: ${reason}; fix: ${fix}; see ${see}`];
  });
}

/** The places where the publisher of a version's build has its charts. */
function publishedPlaces(version: string | undefined): ChartPlaces {
  const build = buildPlaces(version);
  const charts = build === undefined ? data.charts : [];
  const releases = build?.releases ?? data.releases;
  return {
    charts: charts.map(({ kind, url }) => ({ kind: kind as ChartPlace["kind"], url })),
    releases: releases.map(({ url }) => url),
    isOwn: false,
    warnings: [],
  };
}

/**
 * Returns Istio's own places, or those that the environment names instead. Whoever names mirrors
 * there wants no access to the internet, so either variable replaces both lists.
 *
 * @param env `SERVICE_MESH_CHARTS` and `SERVICE_MESH_RELEASES`, each a comma-separated list of addresses
 * @param version a version of another publisher's build has the places of that publisher @default a
 *   version of Istio's own
 * @throws Error if a variable holds anything other than addresses
 * @example istioPlaces({ SERVICE_MESH_CHARTS: "https://mirror.example.com/charts" }).releases // []
 */
export function istioPlaces(env: NodeJS.ProcessEnv = process.env, version?: string): ChartPlaces {
  const charts = listIn(env, CHARTS_VARIABLE);
  const releases = listIn(env, RELEASES_VARIABLE);
  if (charts.length === 0 && releases.length === 0) {
    return publishedPlaces(version);
  }
  return {
    charts: charts.map(chartPlace),
    releases: releases.map(releasePlace),
    isOwn: false,
    warnings: [...retiredIn(CHARTS_VARIABLE, charts), ...retiredIn(RELEASES_VARIABLE, releases)],
  };
}

type Fetched = Exclude<ChartSource, { kind: "folder" }>;

/**
 * Returns the places of a chart source for a version. A source with an address is a user's mirror,
 * so only the places that it names are used.
 *
 * @throws Error if a variable holds anything other than addresses
 */
export function chartPlacesOf(
  source: Fetched,
  env: NodeJS.ProcessEnv,
  version?: string,
): ChartPlaces {
  const { kind, url, releases } = source;
  const named = releases === undefined ? undefined : [releases];
  if (url === undefined) {
    const places = istioPlaces(env, version);
    return { ...places, releases: named ?? places.releases };
  }
  return { charts: [{ kind, url }], releases: named ?? [], isOwn: true, warnings: [] };
}
