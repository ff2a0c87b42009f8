import type { Json, JsonObject } from "../common/json";
import type { ComponentName } from "./component";
import type { Platform } from "./platform";
import type { TimeoutInputs } from "./timeouts";
import type { WholeNumber } from "./wholeNumber";

/**
 * Who has signed with cosign: whoever has a key, or an identity in the certificate of a signature
 * without a key of its own.
 * @see https://docs.sigstore.dev/cosign/verifying/verify/
 */
export interface CosignSigner {
  /**
   * The public key: a path, an `https://` URL or the URI of a key management service, as
   * `cosign verify --key` takes it.
   * @default none: `identity` and `issuer`
   */
  readonly key?: string;
  /** The signer's email or workflow, as in the certificate. @default none: `key` */
  readonly identity?: string;
  /** The URL of whoever vouches for `identity`. @default none: `key` */
  readonly issuer?: string;
  /**
   * Accepts signatures by `key` that are not in Sigstore's transparency log.
   * @default false
   */
  readonly ignoreLog?: boolean;
}

/**
 * Signatures without which no chart is used. helm and cosign verify them and must be on PATH.
 * @example { keyring: "./keys/charts.gpg" }
 */
export interface ChartVerification {
  /**
   * File with public keys, as `gpg --export` writes it. Each archive then needs a provenance file
   * (`.prov`) by one of these keys, beside it in the repository or the registry.
   * @default provenance is not verified
   * @see https://helm.sh/docs/topics/provenance/
   */
  readonly keyring?: string;
  /**
   * `kind: oci` only: each chart then needs a signature by this signer in the registry.
   * @default signatures in the registry are not verified
   */
  readonly cosign?: CosignSigner;
}

/** Where archives are fetched from, and how they are checked. */
interface FetchedCharts {
  /**
   * Address of a mirror of Istio's release archives, below which are
   * `VERSION/istio-VERSION-linux-amd64.tar.gz` and a file with its digest (`.sha256`). Charts that
   * the source lacks are taken from these archives, such as `istio-ingress` and `istio-egress`,
   * which Istio publishes nowhere else. Archives of Google's builds lie below it without a folder,
   * with a signature (`istio-VERSION-linux-amd64.tar.gz.1.sig`).
   * @default none if `url` is given, otherwise Istio's own
   *   (`https://blob.istio.io/istio-release/releases`, then the project's GitHub releases)
   * @example "https://mirror.example.com/istio/releases"
   */
  readonly releases?: string;
  /**
   * `sha256:` digests of archives, by chart name, or by `NAME-VERSION` for a single version. An
   * archive with another digest is refused. The name of a release archive is `istio`.
   * @example { "istiod-1.31.0": "sha256:…", "istio-1.31.0": "sha256:…" }
   */
  readonly digests?: Readonly<Record<string, string>>;
  /**
   * Signatures that are verified before a chart is used. A chart that comes out of a release archive
   * has none, so that the archive must be pinned in `digests`.
   * @default none: digests only
   */
  readonly verify?: ChartVerification;
}

/**
 * Where Istio's own charts come from. If an address is given, only the addresses of the source are
 * used.
 */
export type ChartSource =
  | ({
      readonly kind: "repository";
      /**
       * URL of a Helm repository.
       * @default Istio's own places, in this order: `https://blob.istio.io/istio-release/charts`,
       *   `oci://ghcr.io/istio/release/charts`, the release archives. The environment variables
       *   `SERVICE_MESH_CHARTS` and `SERVICE_MESH_RELEASES` name others.
       * @see https://istio.io/latest/blog/2026/retirement-of-gcp/
       */
      readonly url?: string;
    } & FetchedCharts)
  | ({
      readonly kind: "oci";
      /**
       * `oci://` URL of the folder that contains the charts, such as
       * `oci://ghcr.io/istio/release/charts`.
       */
      readonly url: string;
    } & FetchedCharts)
  | {
      readonly kind: "folder";
      /**
       * Path of a folder with the layout of Istio's release (`manifests/charts`), or of a folder
       * that contains such folders by version.
       */
      readonly path: string;
      /**
       * Fetches charts that the folder lacks from Istio's own places, such as those of another
       * version.
       * @default false
       */
      readonly fetchMissing?: boolean;
    };

/** Mutual TLS between workloads. */
export interface MtlsInputs {
  /**
   * `STRICT` refuses plaintext, `PERMISSIVE` accepts both, `DISABLE` turns mutual TLS off.
   * @see https://istio.io/latest/docs/reference/config/security/peer_authentication/
   */
  readonly mode: "STRICT" | "PERMISSIVE" | "DISABLE";
}

/** Sidecar and gateway proxies. */
export interface ProxyInputs {
  /**
   * Variant of the proxy image. A pod can choose another one with the annotation
   * `sidecar.istio.io/proxyImageType: debug`.
   * @default the chart's (`default`)
   * @see chart field `meshConfig.defaultConfig.image.imageType`
   */
  readonly imageType?: "default" | "debug" | "distroless";
  /**
   * How long a proxy continues to serve open connections after it is told to stop, in seconds. A
   * gateway's `terminationGracePeriodSeconds` must be larger.
   * @default Istio's (5 s)
   * @see chart field `meshConfig.defaultConfig.terminationDrainDuration`
   */
  readonly terminationDrainSeconds?: WholeNumber;
}

/** Envoy's access log. */
export interface AccessLogInputs {
  /** File to which the proxies write. An empty text turns the log off. @default "/dev/stdout" */
  readonly file?: string;
  /** @default Istio's (`TEXT`) */
  readonly encoding?: "TEXT" | "JSON";
  /** Format string of Envoy, or with `encoding: "JSON"` a JSON object as text. @default Istio's */
  readonly format?: string;
}

/** Distributed tracing. */
export type TracingInputs =
  | {
      readonly provider: "cloud-trace";
      /**
       * Host name of the OTLP collector that exports to Cloud Trace. Google's own builds of Istio
       * need no collector, because they send traces themselves.
       * @default "opentelemetry-collector.opentelemetry.svc.cluster.local", as in Google's guide
       */
      readonly service?: string;
      /** gRPC port of the collector. @default 4317 */
      readonly port?: WholeNumber;
      /** Share of requests that are traced, in percent (0 to 100). @default Istio's (1) */
      readonly samplingPercent?: number;
    }
  | {
      readonly provider: "opentelemetry";
      /** Host name of the OTLP collector's Service. */
      readonly service: string;
      /** gRPC port of the collector. @default 4317 */
      readonly port?: WholeNumber;
      /** Share of requests that are traced, in percent (0 to 100). @default Istio's (1) */
      readonly samplingPercent?: number;
    }
  | { readonly provider: "none" };

/** Istio's CNI plugin. */
export interface CniInputs {
  /** @default true if `cni` is given */
  readonly enabled?: boolean;
  /**
   * Where the nodes keep their CNI plugins: `gke` is `/home/kubernetes/bin`, `on-premises` is
   * `/opt/cni/bin` (and pods in `gke-system` are excluded too).
   * @default "gke"
   */
  readonly environment?: "gke" | "on-premises";
  /** Folder of the CNI plugins on the nodes. @default set by `environment` */
  readonly binDir?: string;
  /** Namespace of the DaemonSet. @default "kube-system" */
  readonly namespace?: string;
  /** Namespaces whose pods the plugin does not change. @default set by `environment` */
  readonly excludeNamespaces?: readonly string[];
}

/** Who signs the workloads' certificates. */
export type CaInputs =
  | {
      /** Istio's own CA inside istiod. */
      readonly type: "istio";
    }
  | {
      /** Google's Mesh CA, which only the proxies of Google's builds know; refused on others. */
      readonly type: "mesh-ca";
      /** Project whose workload identity pool is the trust domain. */
      readonly project: string;
    }
  | {
      /** Google's Certificate Authority Service; as Mesh CA, for Google's builds only. */
      readonly type: "cas";
      /** Project whose workload identity pool is the trust domain. */
      readonly project: string;
      /** `projects/PROJECT/locations/LOCATION/caPools/POOL` */
      readonly caPool: string;
    }
  | {
      /** Istio's CA with your own key and certificates (the Secret `cacerts`). */
      readonly type: "plug-in-certs";
      /** PEM of the intermediate CA's certificate. If absent, the Secret must already exist. */
      readonly caCert?: string;
      /**
       * PEM of its private key. Kept secret.
       * @secret
       */
      readonly caKey?: string;
      /** PEM of the root certificate. */
      readonly rootCert?: string;
      /** PEM of the chain from the intermediate to the root. */
      readonly certChain?: string;
    };

/**
 * Where telemetry of istiod and the proxies goes. `stackdriver` means Google Cloud. Google's own
 * builds export to it. With other builds, the proxies write entries for Cloud Logging to standard
 * output, and Google's managed Prometheus collects their metrics.
 */
export type TelemetryChoice = "prometheus" | "stackdriver" | "prometheus-and-stackdriver" | "none";

/**
 * Metrics of istiod and of all proxies in Google's managed Prometheus: a PodMonitoring for istiod,
 * and a ClusterPodMonitoring for sidecars and gateways in every namespace.
 * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/exporters/istio
 */
export interface GooglePrometheusInputs {
  /** Time between two scrapes of a pod, in whole seconds, at least 5. @default 30 */
  readonly intervalSeconds?: WholeNumber;
}

/** What is said of a gateway that an overlay or a profile declares. */
export interface OverlayGatewayInputs {
  /** Its name in the overlay, such as `istio-ingressgateway`. */
  readonly name: string;
  /** Its namespace. @default the namespace of the mesh */
  readonly namespace?: string;
  /**
   * Whether the gateway is protected: it is not removed, and its Service is not deleted. To remove
   * it, set `false` in an update of its own first.
   * @default true
   */
  readonly protect?: boolean;
}

/** What happens to CRDs when their stack is destroyed. */
export type CrdsOnDestroy = "keep" | "delete";

/** Names of Helm releases by component, such as `{ pilot: "istiod" }`. */
export type ReleaseNames = Readonly<Partial<Record<ComponentName, string>>>;

/**
 * The inputs of a mesh, as plain data. Overlays and typed inputs can set the same fields. A typed
 * input takes precedence over an overlay, and a `set` takes precedence over both.
 */
export interface MeshInputs {
  /** Version of Istio, such as `1.31.0`. */
  readonly version: string;
  /**
   * Revision of the control plane, with hyphens (`1-31-0`). Only revisions can be upgraded side by
   * side, so set one if the mesh must stay available during upgrades.
   * @default "" (Istio's default revision)
   */
  readonly revision?: string;
  /** Profile below the overlays: one of this package or of Istio. @default "default" */
  readonly profile?: string;
  /** Namespace of the control plane, and root namespace of the mesh. @default "istio-system" */
  readonly namespace?: string;
  /** Registry path of the images. @default "docker.io/istio"; "gke.gcr.io/asm" for builds of Google's */
  readonly hub?: string;
  /**
   * Tag of the images. One of another minor than `version` is refused unless `allowImageSkew` is
   * set.
   * @default the version
   */
  readonly tag?: string;
  /**
   * Accepts images of another minor than the charts', set by `tag` or by an overlay, with a warning
   * instead of an error. The rules for upgrades still hold for the version that runs.
   * @default false
   */
  readonly allowImageSkew?: boolean;
  /**
   * The cluster's platform. Its settings are a layer between profile and overlays.
   * @default none
   */
  readonly platform?: Platform;
  /**
   * Kubernetes version of the cluster.
   * @default the lowest version that the Istio version supports
   */
  readonly kubernetesVersion?: string;
  /**
   * Overlays in order. A later one takes precedence. A bare name is a built-in option, a path that
   * ends in `.yaml` or `.yml` is a file, and an object is an IstioOperator CR.
   * @default []
   */
  readonly overlays?: readonly (string | JsonObject)[];
  /**
   * Settings like those of istioctl's `--set`, in order: `"values.pilot.traceSampling=100"`.
   * @default []
   */
  readonly set?: readonly Setting[];
  /** @default Istio's own places, Google's for Google's builds; see {@link ChartSource} */
  readonly charts?: ChartSource;
  /**
   * Names of the Helm releases for which charts are rendered, by component. Charts write the name
   * into a label of the pods. With the names of the existing releases, a mesh is taken over from
   * Helm without a restart.
   * @default "istio" for each, as in istioctl
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
   * Google's managed Prometheus scrapes istiod and the proxies. The cluster must have managed
   * collection, as GKE clusters have by default.
   * @default none
   * @example googlePrometheus: { intervalSeconds: 60 }
   */
  readonly googlePrometheus?: GooglePrometheusInputs;
  /**
   * Kind of token with which workloads authenticate to istiod. `first-party-jwt` has no effect
   * since Istio 1.23, which the preview says: the agent takes it for `third-party-jwt`.
   * @see https://github.com/istio/istio/blob/1.29.1/pilot/cmd/pilot-agent/options/security.go
   * @default the chart's (`third-party-jwt`)
   */
  readonly jwtPolicy?: "third-party-jwt" | "first-party-jwt";
  readonly ca?: CaInputs;
  /**
   * Gateways of overlays and profiles that may be removed. All of them are protected, as typed
   * gateways are, so that no other profile and no other list takes an address away.
   * @default [] (all are protected)
   * @example overlayGateways: [{ name: "istio-ingressgateway", protect: false }]
   */
  readonly overlayGateways?: readonly OverlayGatewayInputs[];
  /**
   * What happens to Istio's CRDs when the stack is destroyed. With `delete`, a CRD is deleted if
   * the cluster has no object of its kind and no control plane any more, whoever created them. Set
   * it in a separate update before the destroy.
   * @default "keep"
   */
  readonly crdsOnDestroy?: CrdsOnDestroy;
  /** How long each part may take to become ready. @default see {@link TimeoutInputs} */
  readonly timeouts?: TimeoutInputs;
}

/** Names of the typed features: inputs that an overlay can set too. */
export const FEATURE_NAMES = [
  "mtls",
  "proxy",
  "accessLog",
  "tracing",
  "cni",
  "telemetry",
  "googlePrometheus",
  "jwtPolicy",
  "ca",
] as const satisfies readonly (keyof MeshInputs)[];

export type FeatureName = (typeof FEATURE_NAMES)[number];

/** The source of the typed inputs in messages. */
export const INPUTS_SOURCE = "inputs";

/** One `path=value` setting, or a typed value for a path, as in Pulumi args. */
export type Setting =
  | string
  | {
      /** Path of a field of the IstioOperator, such as `values.pilot.traceSampling`. */
      readonly path: string;
      /** Value of the field. */
      readonly value: Json;
    };
