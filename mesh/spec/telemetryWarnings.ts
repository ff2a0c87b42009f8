import { isObject, type Json } from "../common/json";
import type { Problem } from "../common/problem";
import { getPath } from "../k8s/path";
import { buildOf } from "../model/versions";
import type { MergedOverlay } from "../overlay/merge";

interface Switch {
  readonly path: string;
  readonly value: Json;
  readonly reason: string;
  readonly fix: string;
}

/**
 * Switches that the charts still accept, but that have no effect in istiod and the proxies. Source:
 * Istio release notes 51044, 51070 (1.23) and `tools/packaging/common/envoy_bootstrap.json`.
 */
const DEAD_SWITCHES: readonly Switch[] = [
  {
    path: "spec.values.telemetry.v2.stackdriver.enabled",
    value: true,
    reason: "has no effect: Istio dropped its exporters to Google Cloud in 1.23",
    fix: 'use the option "stackdriver" (typed: telemetry)',
  },
];

/** Where an overlay asks for the tracer of Google Cloud that proxies had until 1.22. */
const TRACER_PATHS = [
  "spec.values.global.proxy.tracer",
  "spec.meshConfig.defaultConfig.tracing.stackdriver",
  "spec.values.meshConfig.defaultConfig.tracing.stackdriver",
];

/** The places that ask for Google Cloud's tracer. An empty map asks for it as well. */
function googleTracers(merged: MergedOverlay): Switch[] {
  return TRACER_PATHS.flatMap((path) => {
    const value = getPath(merged.document, path);
    return value === "stackdriver" || isObject(value)
      ? [
          {
            path,
            value,
            reason: "sends no traces: proxies lost this tracer with Istio 1.23",
            fix: 'use the option "cloud-tracing" (typed: tracing) in its place',
          },
        ]
      : [];
  });
}

function isOnGoogleCloud({ document }: MergedOverlay): boolean {
  return getPath(document, "spec.values.global.platform") === "gke";
}

/**
 * What keeps every proxy from starting: the tracer of Google Cloud in a cluster that is not said to be on
 * it, since the bootstrap of a proxy ends where it finds no project.
 *
 * @see https://github.com/istio/istio/blob/1.29.1/pkg/bootstrap/config.go
 */
export function tracerProblems(merged: MergedOverlay, version: string): Problem[] {
  return buildOf(version) !== undefined || isOnGoogleCloud(merged)
    ? []
    : googleTracers(merged).map(({ path, value, reason, fix }) => ({
        source: layerOf(merged, path),
        path,
        value,
        reason: `keeps every proxy outside Google Cloud from starting, and ${reason}`,
        fix: `${fix}; on Google Cloud, take it out or set values.global.platform: gke`,
      }));
}

function layerOf({ provenance }: MergedOverlay, path: string): string {
  const origins = Object.entries(provenance);
  const found = origins.find(([leaf]) => leaf === path || leaf.startsWith(`${path}.`));
  return found?.[1].layer ?? "overlays";
}

function deadSwitches(merged: MergedOverlay): Problem[] {
  const dead = DEAD_SWITCHES.filter(({ path, value }) => getPath(merged.document, path) === value);
  const tracers = isOnGoogleCloud(merged) ? googleTracers(merged) : [];
  return [...dead, ...tracers].map(({ path, value, reason, fix }) => ({
    source: layerOf(merged, path),
    path,
    value,
    reason,
    fix,
  }));
}

/** Providers that istiod has by default. */
const BUILT_IN = ["prometheus", "stackdriver", "envoy"];
const DEFAULTS = "spec.meshConfig.defaultProviders";
const PROVIDERS = "spec.meshConfig.extensionProviders";

function providerNames({ document }: MergedOverlay): string[] {
  const list = getPath(document, PROVIDERS);
  const own = (Array.isArray(list) ? list : []).flatMap((one) =>
    isObject(one) && typeof one.name === "string" ? [one.name] : [],
  );
  return [...BUILT_IN, ...own];
}

/**
 * A later overlay replaces the whole list of providers, and may remove those that the defaults
 * name.
 */
function missingProviders(merged: MergedOverlay): Problem[] {
  const known = providerNames(merged);
  return ["tracing", "metrics", "accessLogging"].flatMap((kind) => {
    const path = `${DEFAULTS}.${kind}`;
    const names = getPath(merged.document, path);
    return (Array.isArray(names) ? names : [])
      .filter((name) => !known.includes(String(name)))
      .map((name) => ({
        source: layerOf(merged, path),
        path,
        value: name,
        reason: "is not a provider in meshConfig.extensionProviders, so nothing is sent to it",
        allowed: known.join(", "),
        fix: "define it in the overlay that sets extensionProviders last, because it replaces the whole list",
      }));
  });
}

/** The chart sets no default for metrics if there is a default for something else. */
function lostMetrics(merged: MergedOverlay): Problem[] {
  const defaults = getPath(merged.document, DEFAULTS);
  const isLost =
    isObject(defaults) && Object.keys(defaults).length > 0 && defaults.metrics === undefined;
  return isLost
    ? [
        {
          source: layerOf(merged, DEFAULTS),
          path: DEFAULTS,
          reason: "turns the proxies' Prometheus metrics off: the chart adds no default of its own",
          fix: "add metrics: [prometheus], or metrics: [] if this is intended",
        },
      ]
    : [];
}

/**
 * Returns warnings for telemetry settings that have no effect in this version, although istioctl
 * accepts them without a warning.
 *
 * @example
 * telemetryWarnings(merged, "1.29.1")[0].fix // 'use the option "stackdriver" (typed: telemetry)'
 */
export function telemetryWarnings(merged: MergedOverlay, version: string): Problem[] {
  // Google's builds still have their exporters.
  const dead = buildOf(version) === undefined ? deadSwitches(merged) : [];
  return [...dead, ...missingProviders(merged), ...lostMetrics(merged)];
}
