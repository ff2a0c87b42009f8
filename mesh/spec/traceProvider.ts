import { isObject, type Json, type JsonObject } from "../common/json";
import { getPath } from "../k8s/path";
import { mergeObjects } from "../overlay/merge";

/** What typed inputs are translated with. */
export interface FeatureContext {
  /** The merge of every layer under the typed inputs; lists are continued from there. */
  readonly below: JsonObject;
  /** The document of a built-in option, as the Istio version has it. */
  option(name: string): JsonObject;
}

/** Where the user's collector is. */
interface Collector {
  readonly service?: string;
  readonly port?: number;
}

const PROVIDERS = "spec.meshConfig.extensionProviders";
const METRICS = "spec.meshConfig.defaultProviders.metrics";

/** Switches that turn Prometheus metrics off when they are false. */
const METRIC_SWITCHES = ["enabled", "v2.enabled", "v2.prometheus.enabled"].map(
  (path) => `spec.values.telemetry.${path}`,
);

function listAt(document: JsonObject, path: string): Json[] | undefined {
  const value = getPath(document, path);
  return Array.isArray(value) ? value : undefined;
}

/** A list is replaced whole by a later layer, so the providers that are there already come along. */
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

/** A default provider of traces must not decide on metrics: what is below does. */
function metricsBelow(below: JsonObject): Json[] {
  const isOff = METRIC_SWITCHES.some((path) => getPath(below, path) === false);
  return listAt(below, METRICS) ?? (isOff ? [] : ["prometheus"]);
}

/**
 * The document of a tracing option with the user's own collector. An option without an extension
 * provider (a build of Istio with a tracer of its own) stays as it is.
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
  const extensionProviders = withProvider(below, collectorOf(provider, collector));
  return mergeObjects(document, {
    spec: {
      meshConfig: { extensionProviders, defaultProviders: { metrics: metricsBelow(below) } },
    },
  });
}
