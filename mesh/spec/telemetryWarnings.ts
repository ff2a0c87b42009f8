import { isObject } from "../common/json";
import type { Problem } from "../common/problem";
import { getPath } from "../k8s/path";
import { GOOGLE_PROMETHEUS } from "../model/annotations";
import type { MergedOverlay } from "../overlay/merge";
import { readExtensions } from "./extensions";
import { layerOf } from "./layerOf";
import { metricProviders } from "./traceProvider";

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

/** Google's managed Prometheus would find nothing of Istio's in the proxies. */
function scrapedInVain(merged: MergedOverlay): Problem[] {
  const path = `metadata.annotations.${GOOGLE_PROMETHEUS}`;
  const isScraped = readExtensions(merged.document).scrapeInterval !== undefined;
  return !isScraped || metricProviders(merged.document).includes("prometheus")
    ? []
    : [
        {
          source: layerOf(merged, path),
          path,
          reason:
            "scrapes proxies without metrics of Istio's: prometheus is no provider of metrics",
          fix:
            "add prometheus to meshConfig.defaultProviders.metrics " +
            '(typed: telemetry: "prometheus-and-stackdriver")',
        },
      ];
}

/**
 * Returns warnings for telemetry settings that have no effect, although istioctl accepts them
 * without a warning.
 *
 * @example
 * telemetryWarnings(merged)[0].fix // "add metrics: [prometheus], or metrics: [] if this is intended"
 */
export function telemetryWarnings(merged: MergedOverlay): Problem[] {
  return [...missingProviders(merged), ...lostMetrics(merged), ...scrapedInVain(merged)];
}
