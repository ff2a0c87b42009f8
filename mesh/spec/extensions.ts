import { isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import { getPath } from "../k8s/path";
import {
  ANNOTATION_PREFIX,
  GOOGLE_PROMETHEUS,
  KNOWN_ANNOTATIONS,
  MTLS_MODE,
  REQUIRES,
} from "../model/annotations";
import type { MtlsInputs } from "../model/meshInputs";
import type { MergedOverlay } from "../overlay/merge";

const MTLS_MODES = ["STRICT", "PERMISSIVE", "DISABLE"];

/** What the merged document requests in addition to the charts. */
export interface MeshExtensions {
  /** Mesh-wide mutual TLS mode. Absent for Istio's default (PERMISSIVE). */
  readonly mtlsMode?: MtlsInputs["mode"];
  /** Interval at which Google's managed Prometheus scrapes the mesh. Absent if it does not. */
  readonly scrapeInterval?: string;
}

function annotationsOf(document: JsonObject): JsonObject {
  const annotations = getPath(document, "metadata.annotations");
  return isObject(annotations) ? annotations : {};
}

function annotationPath(name: string): string {
  return `metadata.annotations.${name}`;
}

function sourceOf(merged: MergedOverlay, name: string): string {
  const escaped = `metadata.annotations.${name.replace(/\./g, "\\.")}`;
  return merged.provenance[escaped]?.layer ?? "overlays";
}

function unknownAnnotations(merged: MergedOverlay): Problem[] {
  return Object.keys(annotationsOf(merged.document))
    .filter((name) => name.startsWith(ANNOTATION_PREFIX) && !KNOWN_ANNOTATIONS.includes(name))
    .map((name) => ({
      source: sourceOf(merged, name),
      path: annotationPath(name),
      reason: "unknown annotation",
      allowed: KNOWN_ANNOTATIONS.join(", "),
      fix: didYouMean(name, KNOWN_ANNOTATIONS),
    }));
}

function mtlsProblems(merged: MergedOverlay): Problem[] {
  const mode = annotationsOf(merged.document)[MTLS_MODE];
  return mode === undefined || MTLS_MODES.includes(mode as string)
    ? []
    : [
        {
          source: sourceOf(merged, MTLS_MODE),
          path: annotationPath(MTLS_MODE),
          value: mode,
          reason: "is unknown",
          allowed: MTLS_MODES.join(", "),
        },
      ];
}

/** Shortest time between two scrapes that Google recommends, in seconds. */
const LEAST_SECONDS = 5;

function scrapeProblems(merged: MergedOverlay): Problem[] {
  const interval = annotationsOf(merged.document)[GOOGLE_PROMETHEUS];
  const seconds = /^([1-9]\d*)s$/.exec(String(interval))?.[1];
  return interval === undefined || Number(seconds) >= LEAST_SECONDS
    ? []
    : [
        {
          source: sourceOf(merged, GOOGLE_PROMETHEUS),
          path: annotationPath(GOOGLE_PROMETHEUS),
          value: interval,
          reason: "is not an interval",
          allowed: `whole seconds, at least ${LEAST_SECONDS}s, such as 30s`,
        },
      ];
}

/**
 * Returns the paths that overlays require the user to set. The lists of all layers count, not only
 * the last one, so overridden lists are read from the provenance.
 */
function requiredPaths(merged: MergedOverlay): { path: string; layer: string }[] {
  const origin = merged.provenance[`metadata.annotations.${REQUIRES}`];
  const own = annotationsOf(merged.document)[REQUIRES];
  const lists = [
    ...(origin?.overrode ?? []),
    ...(origin === undefined || own === undefined ? [] : [{ layer: origin.layer, value: own }]),
  ];
  return lists.flatMap(({ layer, value }) =>
    String(value)
      .split(",")
      .map((path) => ({ path: path.trim(), layer })),
  );
}

/** Some profiles set an address to an empty text, which does not count as set. */
function isUnset(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "";
}

/**
 * Returns problems for values that overlays of a merged document require and that no layer sets.
 */
export function missingRequirements(merged: MergedOverlay): Problem[] {
  return requiredPaths(merged)
    .filter(({ path }) => isUnset(getPath(merged.document, `spec.${path}`)))
    .map(({ path, layer }) => ({
      source: layer,
      path: `spec.${path}`,
      reason: "has to be set by you",
      fix: `set it in an overlay after this one, or as a setting: ${path}=VALUE`,
    }));
}

/** Returns what is wrong with this package's annotations in a merged document. */
export function checkExtensions(merged: MergedOverlay): Problem[] {
  return [...unknownAnnotations(merged), ...mtlsProblems(merged), ...scrapeProblems(merged)];
}

/** Reads this package's annotations of a document that has passed {@link checkExtensions}. */
export function readExtensions(document: JsonObject): MeshExtensions {
  const annotations = annotationsOf(document);
  const mtlsMode = annotations[MTLS_MODE] as MtlsInputs["mode"] | undefined;
  const scrapeInterval = annotations[GOOGLE_PROMETHEUS] as string | undefined;
  return {
    ...(mtlsMode !== undefined && { mtlsMode }),
    ...(scrapeInterval !== undefined && { scrapeInterval }),
  };
}
