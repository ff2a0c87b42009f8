import { isObject, type Json, type JsonObject } from "../json";
import { MTLS_MODE } from "./annotations";
import type {
  AccessLogInputs,
  CaInputs,
  CniInputs,
  FeatureName,
  MeshInputs,
  MtlsInputs,
  ProxyInputs,
  TelemetryChoice,
  TracingInputs,
} from "./types";

/** An IstioOperator document without its head: what one typed input stands for. */
type Document = JsonObject;

/** Leaves out what was not given; `false`, `0` and "" are given. */
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

const OPENTELEMETRY_PROVIDER = "opentelemetry";
const OTLP_GRPC_PORT = 4317;

function sampling(percent: number | undefined): JsonObject {
  return percent === undefined ? {} : { defaultConfig: { tracing: { sampling: percent } } };
}

/** A list is replaced whole by a later layer, so the providers that are there already come along. */
function withProvider(below: JsonObject, provider: JsonObject): Json[] {
  const spec = isObject(below.spec) ? below.spec : {};
  const meshConfig = isObject(spec.meshConfig) ? spec.meshConfig : {};
  const existing = Array.isArray(meshConfig.extensionProviders)
    ? meshConfig.extensionProviders
    : [];
  return [...existing.filter((p) => !isObject(p) || p.name !== provider.name), provider];
}

function tracing(input: TracingInputs, below: JsonObject): Document {
  switch (input.provider) {
    case "none":
      return { spec: { meshConfig: { enableTracing: false } } };
    case "cloud-trace":
      return {
        spec: {
          meshConfig: { enableTracing: true, ...sampling(input.samplingPercent) },
          values: { global: { proxy: { tracer: "stackdriver" } } },
        },
      };
    case "opentelemetry": {
      const { service, port = OTLP_GRPC_PORT } = input;
      const provider = { name: OPENTELEMETRY_PROVIDER, opentelemetry: { service, port } };
      return {
        spec: {
          meshConfig: {
            enableTracing: true,
            extensionProviders: withProvider(below, provider),
            defaultProviders: { tracing: [OPENTELEMETRY_PROVIDER] },
            ...sampling(input.samplingPercent),
          },
        },
      };
    }
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

function telemetry(choice: TelemetryChoice): Document {
  const prometheus = choice === "prometheus" || choice === "prometheus-and-stackdriver";
  const stackdriver = choice === "stackdriver" || choice === "prometheus-and-stackdriver";
  const enabled = choice !== "none";
  return {
    spec: {
      values: {
        telemetry: {
          enabled,
          v2: {
            enabled,
            prometheus: { enabled: prometheus },
            stackdriver: { enabled: stackdriver },
          },
        },
      },
    },
  };
}

/** The charts dropped `global.jwtPolicy`; the agent reads its environment. */
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
 * What each typed feature of the inputs stands for, as IstioOperator documents.
 *
 * @param below the merge of every layer under the typed inputs; lists are continued from there
 *
 * @example
 * featureDocuments({ version: "1.29.1", mtls: { mode: "STRICT" } }, {})[0].feature // "mtls"
 */
export function featureDocuments(inputs: MeshInputs, below: JsonObject): FeatureDocument[] {
  const translators: { [F in FeatureName]: (value: NonNullable<MeshInputs[F]>) => Document } = {
    mtls,
    proxy,
    accessLog,
    tracing: (value) => tracing(value, below),
    cni,
    telemetry,
    jwtPolicy,
    ca,
  };
  return (Object.keys(translators) as FeatureName[]).flatMap((feature) => {
    const value = inputs[feature];
    const translate = translators[feature] as (value: unknown) => Document;
    return value === undefined ? [] : [{ feature, document: translate(value) }];
  });
}
