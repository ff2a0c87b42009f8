import type { Json, JsonObject } from "../common/json";
import type { ComponentName } from "./component";
import type { Platform } from "./platform";
import type { TimeoutInputs } from "./timeouts";

/** What is fetched, and how it is checked. */
interface FetchedCharts {
  /**
   * Address of a mirror of Istio's release archives, below which
   * `VERSION/istio-VERSION-linux-amd64.tar.gz` and a file with its digest (`.sha256`) lie. Charts that
   * the source lacks come out of there, as `istio-ingress` and `istio-egress` of Istio's do.
   * @default none where `url` is given, else Istio's own (`https://blob.istio.io/istio-release/releases`,
   *   then the project's GitHub releases)
   * @example "https://mirror.example.com/istio/releases"
   */
  readonly releases?: string;
  /**
   * `sha256:` digests of archives, by chart name, or by `NAME-VERSION` for one version alone; others
   * than these are refused. A release archive has the name `istio`.
   * @example { "istiod-1.29.1": "sha256:…", "istio-1.29.1": "sha256:…" }
   */
  readonly digests?: Readonly<Record<string, string>>;
}

/**
 * Where Istio's own charts come from. Where an address is given, nothing else is asked than what the
 * source names.
 */
export type ChartSource =
  | ({
      readonly kind: "repository";
      /**
       * URL of a Helm repository.
       * @default Istio's own places, one after the other: `https://blob.istio.io/istio-release/charts`,
       *   `oci://ghcr.io/istio/release/charts`, the release archives; or those that the environment
       *   names in `SERVICE_MESH_CHARTS` and `SERVICE_MESH_RELEASES`
       * @see https://istio.io/latest/blog/2026/retirement-of-gcp/
       */
      readonly url?: string;
    } & FetchedCharts)
  | ({
      readonly kind: "oci";
      /** `oci://` URL of the folder that holds the charts, such as `oci://ghcr.io/istio/release/charts`. */
      readonly url: string;
    } & FetchedCharts)
  | {
      readonly kind: "folder";
      /**
       * Path of a folder with the layout of Istio's release (`manifests/charts`), or of a folder
       * that holds such folders by version.
       */
      readonly path: string;
      /** Fetch from Istio's own places what the folder lacks: another version, say. @default false */
      readonly fetchMissing?: boolean;
    };

/** Mutual TLS between workloads. */
export interface MtlsInputs {
  /**
   * `STRICT` refuses plain text; `PERMISSIVE` takes both; `DISABLE` turns mutual TLS off.
   * @see https://istio.io/latest/docs/reference/config/security/peer_authentication/
   */
  readonly mode: "STRICT" | "PERMISSIVE" | "DISABLE";
}

/** Sidecar and gateway proxies. */
export interface ProxyInputs {
  /**
   * Variant of the proxy image. A pod can ask for another one with the annotation
   * `sidecar.istio.io/proxyImageType: debug`.
   * @default the chart's (`default`)
   * @see chart field `meshConfig.defaultConfig.image.imageType`
   */
  readonly imageType?: "default" | "debug" | "distroless";
  /**
   * How long a proxy goes on serving open connections once it is told to stop, in seconds. A
   * gateway's `terminationGracePeriodSeconds` must be larger.
   * @default Istio's (5 s)
   * @see chart field `meshConfig.defaultConfig.terminationDrainDuration`
   */
  readonly terminationDrainSeconds?: number;
}

/** Envoy's access log. */
export interface AccessLogInputs {
  /** File the proxies write to; an empty text turns the log off. @default "/dev/stdout" */
  readonly file?: string;
  /** @default Istio's (`TEXT`) */
  readonly encoding?: "TEXT" | "JSON";
  /** Envoy format text, or a JSON object as text with `encoding: "JSON"`. @default Istio's */
  readonly format?: string;
}

/** Distributed tracing. */
export type TracingInputs =
  | {
      readonly provider: "cloud-trace";
      /**
       * Host name of the OTLP collector that exports to Cloud Trace. Google's own builds of Istio
       * send traces themselves and need none.
       * @default "opentelemetry-collector.opentelemetry.svc.cluster.local", as in Google's guide
       */
      readonly service?: string;
      /** gRPC port of the collector. @default 4317 */
      readonly port?: number;
      /** Share of requests that are traced, in percent (0 to 100). @default Istio's (1) */
      readonly samplingPercent?: number;
    }
  | {
      readonly provider: "opentelemetry";
      /** Host name of the OTLP collector's Service. */
      readonly service: string;
      /** gRPC port of the collector. @default 4317 */
      readonly port?: number;
      /** Share of requests that are traced, in percent (0 to 100). @default Istio's (1) */
      readonly samplingPercent?: number;
    }
  | { readonly provider: "none" };

/** Istio's CNI plugin. */
export interface CniInputs {
  /** @default true, once `cni` is given */
  readonly enabled?: boolean;
  /**
   * Where the nodes keep their CNI plugins: `gke` is `/home/kubernetes/bin`, `on-premises` is
   * `/opt/cni/bin` (and `gke-system` is left out too).
   * @default "gke"
   */
  readonly environment?: "gke" | "on-premises";
  /** Folder of the CNI plugins on the nodes. @default by `environment` */
  readonly binDir?: string;
  /** Namespace of the DaemonSet. @default "kube-system" */
  readonly namespace?: string;
  /** Namespaces whose pods the plugin leaves alone. @default by `environment` */
  readonly excludeNamespaces?: readonly string[];
}

/** Who signs the workloads' certificates. */
export type CaInputs =
  | {
      /** Istio's own CA inside istiod. */
      readonly type: "istio";
    }
  | {
      /** Google's Mesh CA. */
      readonly type: "mesh-ca";
      /** Project whose workload identity pool is the trust domain. */
      readonly project: string;
    }
  | {
      /** Google's Certificate Authority Service. */
      readonly type: "cas";
      /** Project whose workload identity pool is the trust domain. */
      readonly project: string;
      /** `projects/PROJECT/locations/LOCATION/caPools/POOL` */
      readonly caPool: string;
    }
  | {
      /** Istio's CA with a key and certificates of yours (the Secret `cacerts`). */
      readonly type: "plug-in-certs";
      /** PEM of the intermediate CA's certificate. Absent: the Secret exists already. */
      readonly caCert?: string;
      /** PEM of its private key. Kept secret. */
      readonly caKey?: string;
      /** PEM of the root certificate. */
      readonly rootCert?: string;
      /** PEM of the chain from the intermediate to the root. */
      readonly certChain?: string;
    };

/**
 * What istiod and the proxies report. `stackdriver` is Google Cloud: its own builds export
 * to it; with others the proxies write Cloud Logging's entries to standard output and offer their
 * metrics to Google's managed Prometheus.
 */
export type TelemetryChoice = "prometheus" | "stackdriver" | "prometheus-and-stackdriver" | "none";

/** What becomes of CRDs when their stack is destroyed. */
export type CrdsOnDestroy = "keep" | "delete";

/** Names of Helm releases by component, such as `{ pilot: "istiod" }`. */
export type ReleaseNames = Readonly<Partial<Record<ComponentName, string>>>;

/**
 * Everything a mesh is made of, as plain data. Overlays and typed inputs are two ways to say the
 * same; where both speak, the typed input wins, and a `set` wins over both.
 */
export interface MeshInputs {
  /** Version of Istio, such as `1.29.1`. */
  readonly version: string;
  /**
   * Revision of the control plane, hyphenated (`1-29-1`). Only revisions can be upgraded side by
   * side, so name one for anything that has to stay up.
   * @default "" (Istio's default revision)
   */
  readonly revision?: string;
  /** Profile under the overlays; the ones of this package and Istio's. @default "default" */
  readonly profile?: string;
  /** Namespace of the control plane, and root namespace of the mesh. @default "istio-system" */
  readonly namespace?: string;
  /** Registry path of the images. @default "docker.io/istio" */
  readonly hub?: string;
  /** Tag of the images. @default the version */
  readonly tag?: string;
  /** The cluster's platform; its settings go between profile and overlays. @default none */
  readonly platform?: Platform;
  /** Version of the cluster's Kubernetes. @default the lowest that the Istio version supports */
  readonly kubernetesVersion?: string;
  /**
   * Overlays in order; a later one wins. A bare name is a built-in option, a path ending in
   * `.yaml` or `.yml` a file, an object an IstioOperator CR.
   * @default []
   */
  readonly overlays?: readonly (string | JsonObject)[];
  /** Settings as istioctl's `--set`, in order: `"values.pilot.traceSampling=100"`. @default [] */
  readonly set?: readonly Setting[];
  /** @default Istio's own places; see {@link ChartSource} */
  readonly charts?: ChartSource;
  /**
   * Names of the Helm releases that charts are rendered for, by component. Charts put the name into a
   * label of the pods: with the names that Helm knows, a mesh is taken over from it without a
   * restart.
   * @default "istio" for each, as istioctl has it
   * @example releaseNames: { base: "istio-base", pilot: "istiod" }
   */
  readonly releaseNames?: ReleaseNames;
  readonly mtls?: MtlsInputs;
  readonly proxy?: ProxyInputs;
  readonly accessLog?: AccessLogInputs;
  readonly tracing?: TracingInputs;
  readonly cni?: CniInputs;
  /** @default the chart's (`prometheus`) */
  readonly telemetry?: TelemetryChoice;
  /**
   * Kind of token that workloads show to istiod. `first-party-jwt` has no effect since Istio 1.23, which the
   * preview says: the agent takes it for `third-party-jwt`.
   * @see https://github.com/istio/istio/blob/1.29.1/pilot/cmd/pilot-agent/options/security.go
   * @default the chart's (`third-party-jwt`)
   */
  readonly jwtPolicy?: "third-party-jwt" | "first-party-jwt";
  readonly ca?: CaInputs;
  /**
   * What becomes of Istio's CRDs when the stack is destroyed. With `delete`, a CRD goes once no object
   * of its kind and no control plane is left in the cluster, whoever made it. Set it in an update of
   * its own, before the destroy.
   * @default "keep"
   */
  readonly crdsOnDestroy?: CrdsOnDestroy;
  /** How long each part may take to come up. @default see {@link TimeoutInputs} */
  readonly timeouts?: TimeoutInputs;
}

/** Names of the typed features: inputs that an overlay could say too. */
export const FEATURE_NAMES = [
  "mtls",
  "proxy",
  "accessLog",
  "tracing",
  "cni",
  "telemetry",
  "jwtPolicy",
  "ca",
] as const satisfies readonly (keyof MeshInputs)[];

export type FeatureName = (typeof FEATURE_NAMES)[number];

/** What messages call the typed inputs. */
export const INPUTS_SOURCE = "inputs";

/** One `path=value` setting, or a typed value for a path (as the Pulumi args give it). */
export type Setting = string | { readonly path: string; readonly value: Json };
