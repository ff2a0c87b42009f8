import { isObject, type Json, type JsonObject } from "../common/json";
import { getPath } from "../k8s/path";
import { mergeObjects } from "../overlay/merge";

/** What is needed to translate typed inputs. */
export interface FeatureContext {
  /** The merge of all layers below the typed inputs, to whose lists they add. */
  readonly below: JsonObject;
  /** Returns the document of a built-in option for the Istio version. */
  option(name: string): JsonObject;
}

/** The address of the user's collector. */
interface Collector {
  readonly service?: string;
  readonly port?: number;
}

const PROVIDERS = "spec.meshConfig.extensionProviders";
const METRICS = "spec.meshConfig.defaultProviders.metrics";

/** Switches that turn Prometheus metrics off if they are false. */
const METRIC_SWITCHES = ["enabled", "v2.enabled", "v2.prometheus.enabled"].map(
  (path) => `spec.values.telemetry.${path}`,
);

function listAt(document: JsonObject, path: string): Json[] | undefined {
  const value = getPath(document, path);
  return Array.isArray(value) ? value : undefined;
}

/** A later layer replaces a whole list, so the existing providers are included. */
function withProvider(below: JsonObject, provider: JsonObject): Json[] {
  const existing = listAt(below, PROVIDERS) ?? [];
  return [...existing.filter((one) => !isObject(one) || one.name !== provider.name), provider];
}

function collectorOf(provider: JsonObject, { service, port }: Collector): JsonObject {
  const own = isObject(provider.opentelemetry) ? provider.opentelemetry : {};
  return {
    ...provider,
    opentelemetry: {
      ...own,
      ...(service !== undefined && { service }),
      ...(port !== undefined && { port }),
    },
  };
}

/** The providers of metrics that a merged document names, or that the chart adds to it. */
export function metricProviders(document: JsonObject): Json[] {
  const isOff = METRIC_SWITCHES.some((path) => getPath(document, path) === false);
  return listAt(document, METRICS) ?? (isOff ? [] : ["prometheus"]);
}

/**
 * Returns the document of a tracing option with the user's own collector. An option without an
 * extension provider (for a build of Istio with its own tracer) is not changed.
 */
export function traceProvider(
  option: string,
  collector: Collector,
  { below, option: read }: FeatureContext,
): JsonObject {
  const document = read(option);
  const provider = listAt(document, PROVIDERS)?.find(isObject);
  if (provider === undefined) {
    return document;
  }
  // A default provider for traces must not change the metrics, which the layers below decide.
  const extensionProviders = withProvider(below, collectorOf(provider, collector));
  return mergeObjects(document, {
    spec: {
      meshConfig: { extensionProviders, defaultProviders: { metrics: metricProviders(below) } },
    },
  });
}
