import type { Json, JsonObject } from "../common/json";
import { GOOGLE_PROMETHEUS, MTLS_MODE } from "../model/annotations";
import type {
  AccessLogInputs,
  CaInputs,
  CniInputs,
  FeatureName,
  GooglePrometheusInputs,
  MeshInputs,
  MtlsInputs,
  ProxyInputs,
  TelemetryChoice,
  TracingInputs,
} from "../model/meshInputs";
import { mergeObjects } from "../overlay/merge";
import { type FeatureContext, traceProvider } from "./traceProvider";

/** An IstioOperator document without its header, with what one typed input sets. */
type Document = JsonObject;

/** Leaves out what is not set. `false`, `0` and "" count as set. */
function given(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}

function mtls(input: MtlsInputs): Document {
  return { metadata: { annotations: { [MTLS_MODE]: input.mode } } };
}

function proxy(input: ProxyInputs): Document {
  const { imageType, terminationDrainSeconds } = input;
  return {
    spec: {
      meshConfig: {
        defaultConfig: given({
          image: imageType === undefined ? undefined : { imageType },
          terminationDrainDuration:
            terminationDrainSeconds === undefined ? undefined : `${terminationDrainSeconds}s`,
        }),
      },
    },
  };
}

function accessLog(input: AccessLogInputs): Document {
  return {
    spec: {
      meshConfig: given({
        accessLogFile: input.file ?? "/dev/stdout",
        accessLogEncoding: input.encoding,
        accessLogFormat: input.format,
      }),
    },
  };
}

function sampling(percent: number | undefined): Document {
  return percent === undefined
    ? {}
    : { spec: { meshConfig: { defaultConfig: { tracing: { sampling: percent } } } } };
}

function tracing(input: TracingInputs, context: FeatureContext): Document {
  switch (input.provider) {
    case "none":
      return { spec: { meshConfig: { enableTracing: false } } };
    case "cloud-trace":
      return mergeObjects(
        traceProvider("cloud-tracing", input, context),
        sampling(input.samplingPercent),
      );
    case "opentelemetry":
      return mergeObjects(
        traceProvider("opentelemetry", input, context),
        sampling(input.samplingPercent),
      );
  }
}

/** Source: Google's CNI guides for GKE and for on-premises clusters. */
const CNI_ENVIRONMENTS = {
  gke: { binDir: "/home/kubernetes/bin", exclude: ["istio-system", "kube-system"] },
  "on-premises": { binDir: "/opt/cni/bin", exclude: ["istio-system", "kube-system", "gke-system"] },
} as const;

function cni(input: CniInputs): Document {
  const { enabled = true, environment = "gke", namespace = "kube-system" } = input;
  const defaults = CNI_ENVIRONMENTS[environment];
  return {
    spec: {
      components: { cni: { enabled, namespace } },
      values: {
        cni: {
          cniBinDir: input.binDir ?? defaults.binDir,
          excludeNamespaces: [...(input.excludeNamespaces ?? defaults.exclude)],
        },
      },
    },
  };
}

const TELEMETRY_OPTIONS: Readonly<Record<TelemetryChoice, string>> = {
  prometheus: "prometheus",
  stackdriver: "stackdriver",
  "prometheus-and-stackdriver": "prometheus-and-stackdriver",
  none: "no-telemetry",
};

const SCRAPE_SECONDS = 30;

function googlePrometheus({ intervalSeconds = SCRAPE_SECONDS }: GooglePrometheusInputs): Document {
  return { metadata: { annotations: { [GOOGLE_PROMETHEUS]: `${intervalSeconds}s` } } };
}

/** The agent reads its environment, and takes both policies for the same since 1.23. */
function jwtPolicy(policy: NonNullable<MeshInputs["jwtPolicy"]>): Document {
  return proxyMetadata({ JWT_POLICY: policy });
}

function proxyMetadata(metadata: JsonObject, global: JsonObject = {}, meshConfig: JsonObject = {}) {
  return {
    spec: {
      meshConfig: { ...meshConfig, defaultConfig: { proxyMetadata: metadata } },
      ...(Object.keys(global).length > 0 && { values: { global } }),
    },
  };
}

const workloadPool = (project: string) => `${project}.svc.id.goog`;

function ca(input: CaInputs): Document {
  switch (input.type) {
    case "istio":
    case "plug-in-certs":
      return proxyMetadata(
        { CA_PROVIDER: "Citadel", PLUGINS: "" },
        { caAddress: "", pilotCertProvider: "istiod" },
      );
    case "mesh-ca":
      return proxyMetadata(
        { CA_PROVIDER: "GoogleCA", PLUGINS: "GoogleTokenExchange" },
        {
          caAddress: "meshca.googleapis.com:443",
          sds: { token: { aud: workloadPool(input.project) } },
        },
        { trustDomain: workloadPool(input.project) },
      );
    case "cas":
      return proxyMetadata(
        { CA_PROVIDER: "GoogleCAS", PLUGINS: "GoogleTokenExchange" },
        { caAddress: input.caPool, sds: { token: { aud: workloadPool(input.project) } } },
        { trustDomain: workloadPool(input.project) },
      );
  }
}

type FeatureDocument = { readonly feature: FeatureName; readonly document: Document };

/**
 * Returns what each typed feature sets, as IstioOperator documents. Some features use built-in
 * options, which contain what differs between versions.
 *
 * @example
 * featureDocuments({ version: "1.31.0", mtls: { mode: "STRICT" } }, context)[0].feature // "mtls"
 */
export function featureDocuments(inputs: MeshInputs, context: FeatureContext): FeatureDocument[] {
  // The user's own log takes precedence over that of `telemetry`.
  const translators: { [F in FeatureName]: (value: NonNullable<MeshInputs[F]>) => Document } = {
    mtls,
    proxy,
    tracing: (value) => tracing(value, context),
    telemetry: (value) => context.option(TELEMETRY_OPTIONS[value]),
    googlePrometheus,
    accessLog,
    cni,
    jwtPolicy,
    ca,
  };
  return (Object.keys(translators) as FeatureName[]).flatMap((feature) => {
    const value = inputs[feature];
    const translate = translators[feature] as (value: unknown) => Document;
    return value === undefined ? [] : [{ feature, document: translate(value) }];
  });
}
