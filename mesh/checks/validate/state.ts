import type { JsonObject } from "../../common/json";
import type { Workload } from "../../guard/rollout";
import type { Labels } from "../../k8s/istioLabels";

/** Something that could not be read, and why. */
export interface Unread {
  readonly unread: string;
}

export type Reading<T> = T | Unread;

export function isUnread<T>(reading: Reading<T>): reading is Unread {
  return typeof reading === "object" && reading !== null && "unread" in reading;
}

/** Every part of a type, as it is once it has been read. */
export type Read<T> = { readonly [K in keyof T]: Exclude<T[K], Unread> };

/** Certificates of a Secret or ConfigMap, by key, as PEM. Private keys are never kept. */
export interface CaSource {
  /** `Secret istio-system/cacerts`, say. */
  readonly title: string;
  /** @default "istio-system" */
  readonly namespace?: string;
  readonly certificates: Reading<Labels>;
}

/** The certificate that a proxy has, from its Envoy. */
export interface ProxyCertificate {
  readonly namespace: string;
  readonly pod: string;
  readonly serviceAccount: string;
  /** Who issues it, where that is not the mesh's own CA. */
  readonly otherCa?: string;
  /** As PEM: its own first. */
  readonly chain: Reading<string>;
  /** Root certificates by which it knows others, as PEM. */
  readonly roots: Reading<string>;
}

/** What one istiod says of a proxy that is connected to it: a line of `/debug/syncz`. */
export interface ConnectedProxy {
  readonly namespace: string;
  readonly pod: string;
  readonly version: string;
  /** Kinds of configuration that it was sent and has not acknowledged. */
  readonly stale: readonly string[];
}

/** The answer of one istiod pod. */
export interface SyncAnswer {
  readonly pod: string;
  readonly revision: string;
  readonly proxies: Reading<readonly ConnectedProxy[]>;
}

/** What a cluster has at one moment of all that a mesh is made of, as the API server answers. */
export interface MeshState {
  /** Of the cluster, such as `v1.34.2`. */
  readonly kubernetes: string;
  /** In milliseconds. */
  readonly now: number;
  readonly crds: Reading<readonly JsonObject[]>;
  /** Every MutatingWebhookConfiguration. */
  readonly injectors: Reading<readonly JsonObject[]>;
  /** Every ValidatingWebhookConfiguration. */
  readonly validators: Reading<readonly JsonObject[]>;
  readonly namespaces: Reading<readonly JsonObject[]>;
  /** Deployments, StatefulSets and DaemonSets. */
  readonly workloads: Reading<readonly Workload[]>;
  readonly pods: Reading<readonly JsonObject[]>;
  readonly services: Reading<readonly JsonObject[]>;
  readonly endpointSlices: Reading<readonly JsonObject[]>;
  /** Of the namespaces that have an istiod. */
  readonly configMaps: Reading<readonly JsonObject[]>;
  /** Gateway resources of `networking.istio.io`. */
  readonly gatewayResources: Reading<readonly JsonObject[]>;
  readonly peerAuthentications: Reading<readonly JsonObject[]>;
  readonly destinationRules: Reading<readonly JsonObject[]>;
  readonly caSources: Reading<readonly CaSource[]>;
  /** Of gateways' pods. */
  readonly gatewayCertificates: Reading<readonly ProxyCertificate[]>;
  /** Of other pods: one of each namespace, and of not more than 20. */
  readonly workloadCertificates: Reading<readonly ProxyCertificate[]>;
  readonly sync: Reading<readonly SyncAnswer[]>;
}

/** What a check of `mesh validate` gets: the parts that it needs have been read. */
export type ValidateState = Read<MeshState>;
