import type { JsonObject } from "../../common/json";
import type { Labels } from "../../k8s/istioLabels";
import type { Workload } from "../../k8s/workload";
import type { ResourceId } from "../../snapshot/resources";
import type { Read, Reading, Snapshot } from "../../snapshot/snapshot";
import type { SyncAnswer } from "../../snapshot/sync";

/** The certificates of a Secret or ConfigMap, by key, as PEM. Private keys are never kept. */
export interface CaSource {
  /** @example "Secret istio-system/cacerts" */
  readonly title: string;
  /** @default "istio-system" */
  readonly namespace?: string;
  readonly certificates: Reading<Labels>;
}

/** The certificate of a proxy, from its Envoy. */
export interface ProxyCertificate {
  readonly namespace: string;
  readonly pod: string;
  readonly serviceAccount: string;
  /** The issuer, if it is not the mesh's own CA. */
  readonly otherCa?: string;
  /** As PEM. Its own certificate is the first. */
  readonly chain: Reading<string>;
  /** The root certificates that it trusts, as PEM. */
  readonly roots: Reading<string>;
}

/** The lists of the whole cluster that checks of `mesh validate` name in `needs`. */
export const VALIDATED_LISTS = [
  "crds",
  "mutatingWebhooks",
  "validatingWebhooks",
  "namespaces",
  "pods",
  "services",
  "endpointSlices",
  "gatewayResources",
  "destinationRules",
  "peerAuthentications",
] as const satisfies readonly ResourceId[];

/** Everything that checks of `mesh validate` look at, as far as it could be read. */
export interface MeshState extends Snapshot<(typeof VALIDATED_LISTS)[number]> {
  /** The version of the cluster, such as `v1.34.2`. */
  readonly kubernetes: string;
  /** In milliseconds. */
  readonly now: number;
  /** Deployments, StatefulSets and DaemonSets. */
  readonly workloads: Reading<readonly Workload[]>;
  /** Of the namespaces that have an istiod. */
  readonly configMaps: Reading<readonly JsonObject[]>;
  readonly caSources: Reading<readonly CaSource[]>;
  /** Of gateways' pods. */
  readonly gatewayCertificates: Reading<readonly ProxyCertificate[]>;
  /** Of other pods: one of each namespace, for at most 20 namespaces. */
  readonly workloadCertificates: Reading<readonly ProxyCertificate[]>;
  readonly sync: Reading<readonly SyncAnswer[]>;
}

/** What a check of `mesh validate` gets: the parts that it needs have been read. */
export type ValidateState = Read<MeshState>;
