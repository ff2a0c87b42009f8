import { isObject } from "../common/json";
import type { Problem } from "../common/problem";
import { pathText } from "../common/propertyPath";
import data from "../data/istioPlaces.json";
import { INPUTS_SOURCE } from "../model/meshInputs";

/** A place that Istio retires, as it appears in a text. */
export interface RetiredPlace {
  /** The place, such as `gcr.io/istio-release`. */
  readonly place: string;
  /** Its replacement, such as `docker.io/istio`. */
  readonly by: string;
}

/** Where a text names a retired place, and what to write instead. */
export interface RetiredFinding {
  readonly segments: readonly (string | number)[];
  readonly reason: string;
  readonly fix: string;
  readonly see: string;
}

/**
 * A place only counts at the start of an address, which is at the start of the text or of a word in
 * it. The path of a company's own mirror may contain the same words
 * (`mirror.example.com/gcr.io/istio-release`).
 */
function pattern(place: string): RegExp {
  const literal = place.replace(/[.\\]/g, "\\$&");
  return new RegExp(`(?:^|[\\s"'\`=,(]|://)${literal}(?![\\w.-])`, "i");
}

const PLACES = data.retired.places.map((one) => ({ ...one, pattern: pattern(one.place) }));

/**
 * Returns the retired place that a text names, if any.
 *
 * @example
 * retiredPlaceIn("gcr.io/istio-release/pilot:1.31.0")?.by // "docker.io/istio"
 */
export function retiredPlaceIn(text: string): RetiredPlace | undefined {
  return PLACES.find((one) => one.pattern.test(text));
}

/**
 * Returns the finding about a retired place.
 *
 * @param verb what the input does with the place, such as `names`
 */
export function describeRetired(
  { place, by }: RetiredPlace,
  verb = "names",
): Omit<RetiredFinding, "segments"> {
  const { when, source } = data.retired;
  return {
    reason: `${verb} ${place}, which Istio retires in ${when}`,
    fix: `write ${by} in place of ${place}`,
    see: source,
  };
}

/**
 * Returns every text in some data that names a place which Istio retires: a chart repository, a
 * hub, the image in a patch.
 *
 * @param skip keys whose values are not searched
 * @example
 * findRetired({ spec: { hub: "gcr.io/istio-release" } })[0].segments // ["spec", "hub"]
 * @see https://istio.io/latest/blog/2026/retirement-of-gcp/
 */
export function findRetired(value: unknown, skip: readonly string[] = []): RetiredFinding[] {
  if (typeof value === "string") {
    const place = retiredPlaceIn(value);
    return place === undefined ? [] : [{ segments: [], ...describeRetired(place) }];
  }
  const children: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : isObject(value)
      ? Object.entries(value).filter(([key]) => !skip.includes(key))
      : [];
  return children.flatMap(([key, child]) =>
    findRetired(child, skip).map((found) => ({ ...found, segments: [key, ...found.segments] })),
  );
}

/**
 * Inputs that are overlays. They are searched when they are read, because file and line are known
 * there.
 */
const OVERLAYS = ["overlays", "set"];

/**
 * Returns warnings for the inputs of a mesh that name a place which Istio retires: `hub`,
 * `charts.url`, and the `hub` of each of the `revisions`. Overlays and settings are checked when
 * they are read.
 *
 * @example
 * retiredInputs({ version: "1.31.0", hub: "gcr.io/istio-release" })[0].path // "hub"
 */
export function retiredInputs(inputs: object): Problem[] {
  return findRetired(inputs, OVERLAYS).map(({ segments, ...rest }) => ({
    source: INPUTS_SOURCE,
    path: pathText(segments),
    ...rest,
  }));
}
