import { isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { getPath } from "../k8s/path";
import { buildOf } from "../model/versions";
import type { MergedOverlay } from "../overlay/merge";
import { layerOf } from "./layerOf";

/** The built-in option that takes the place of an exporter. */
export type ExporterOption = "stackdriver" | "cloud-tracing";

/** A setting that asks proxies to send something to Google Cloud by themselves. */
export interface GoogleExporter {
  /** From the root of the CR. */
  readonly path: string;
  readonly value: Json;
  /** What proxies of Istio's own builds do with it. */
  readonly reason: string;
  readonly option: ExporterOption;
  /** Names in a list of providers that go from it. Absent if the whole field goes. */
  readonly providers?: readonly string[];
}

export const EXPORTERS_DROPPED = "Istio dropped its exporters to Google Cloud in 1.23";

/** Where Istio says that. */
export const EXPORTERS_SOURCE =
  "https://github.com/istio/istio/blob/1.29.1/releasenotes/notes/drop-telemetry-envoyfilter.yaml";

const SWITCH = "spec.values.telemetry.v2.stackdriver.enabled";

function switches(document: JsonObject): GoogleExporter[] {
  const value = getPath(document, SWITCH);
  const reason = `has no effect: ${EXPORTERS_DROPPED}`;
  return value === true ? [{ path: SWITCH, value, reason, option: "stackdriver" }] : [];
}

/** The mesh configuration stands in the spec, or in the values of the chart. */
const MESH_CONFIGS = ["spec.meshConfig", "spec.values.meshConfig"];

const TRACERS = [
  "spec.values.global.proxy.tracer",
  ...MESH_CONFIGS.map((path) => `${path}.defaultConfig.tracing.stackdriver`),
];

/** An empty map asks for the tracer as well. */
function tracers(document: JsonObject): GoogleExporter[] {
  return TRACERS.flatMap((path): GoogleExporter[] => {
    const value = getPath(document, path);
    const reason =
      "keeps every proxy outside Google Cloud from starting, and sends no traces on it: proxies lost this " +
      "tracer with Istio 1.23";
    return value === "stackdriver" || isObject(value)
      ? [{ path, value, reason, option: "cloud-tracing" }]
      : [];
  });
}

const KINDS: Readonly<Record<string, ExporterOption>> = {
  metrics: "stackdriver",
  accessLogging: "stackdriver",
  tracing: "cloud-tracing",
};

/** Whether a provider is Google's, to which istiod of Istio's own builds sends nothing. */
function isGone(name: Json, definitions: readonly Json[]): boolean {
  const own = definitions.find((one) => isObject(one) && one.name === name);
  return isObject(own) ? own.stackdriver !== undefined : name === "stackdriver";
}

function providers(document: JsonObject): GoogleExporter[] {
  const definitions = MESH_CONFIGS.flatMap((path) => {
    const list = getPath(document, `${path}.extensionProviders`);
    return Array.isArray(list) ? list : [];
  });
  return MESH_CONFIGS.flatMap((config) =>
    Object.entries(KINDS).flatMap(([kind, option]): GoogleExporter[] => {
      const path = `${config}.defaultProviders.${kind}`;
      const value = getPath(document, path);
      const gone = (Array.isArray(value) ? value : []).filter((name) => isGone(name, definitions));
      const names = gone.map(String);
      const reason = `has ${names.join(", ")}, to which proxies send nothing: ${EXPORTERS_DROPPED}`;
      return names.length === 0 || value === undefined
        ? []
        : [{ path, value, reason, option, providers: names }];
    }),
  );
}

/**
 * Returns the settings of a document that ask for exporters to Google Cloud which the proxies of an
 * Istio version do not have. Google's own builds have all of them.
 *
 * @example
 * googleExporters({ spec: { values: { global: { proxy: { tracer: "stackdriver" } } } } }, "1.31.0")[0].option
 * // "cloud-tracing"
 */
export function googleExporters(document: JsonObject, version: string): GoogleExporter[] {
  return buildOf(version) === undefined
    ? [...switches(document), ...tracers(document), ...providers(document)]
    : [];
}

const FIXES: Readonly<Record<ExporterOption, string>> = {
  stackdriver:
    'use the option "stackdriver" (typed: telemetry), and googlePrometheus for metrics in Google\'s managed Prometheus',
  "cloud-tracing": 'use the option "cloud-tracing" (typed: tracing)',
};

/** Telemetry that would reach nobody, with what to write instead. */
export function exporterProblems(merged: MergedOverlay, version: string): Problem[] {
  return googleExporters(merged.document, version).map(({ path, value, reason, option }) => ({
    source: layerOf(merged, path),
    path,
    value,
    reason,
    fix: `${FIXES[option]} in its place; "mesh overlay migrate" rewrites a file`,
    see: EXPORTERS_SOURCE,
  }));
}
