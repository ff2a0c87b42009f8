import data from "../../mesh/data/istioPlaces.json";
import type { ChartSource } from "../../mesh/model/meshInputs";
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

/**
 * Returns Istio's own places, or those that the environment names instead. Whoever names mirrors
 * there wants no access to the internet, so either variable replaces both lists.
 *
 * @param env `SERVICE_MESH_CHARTS` and `SERVICE_MESH_RELEASES`, each a comma-separated list of addresses
 * @throws Error if a variable holds anything other than addresses
 * @example istioPlaces({ SERVICE_MESH_CHARTS: "https://mirror.example.com/charts" }).releases // []
 */
export function istioPlaces(env: NodeJS.ProcessEnv = process.env): ChartPlaces {
  const charts = listIn(env, CHARTS_VARIABLE);
  const releases = listIn(env, RELEASES_VARIABLE);
  if (charts.length === 0 && releases.length === 0) {
    return {
      charts: data.charts.map(({ kind, url }) => ({ kind: kind as ChartPlace["kind"], url })),
      releases: data.releases.map(({ url }) => url),
      isOwn: false,
      warnings: [],
    };
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
 * Returns the places of a chart source. A source with an address is a user's mirror, so only the
 * places that it names are used.
 */
export function chartPlacesOf(source: Fetched, env: NodeJS.ProcessEnv = process.env): ChartPlaces {
  const { kind, url, releases } = source;
  const named = releases === undefined ? undefined : [releases];
  if (url === undefined) {
    const places = istioPlaces(env);
    return { ...places, releases: named ?? places.releases };
  }
  return { charts: [{ kind, url }], releases: named ?? [], isOwn: true, warnings: [] };
}
