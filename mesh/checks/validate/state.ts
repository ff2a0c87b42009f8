import type { JsonObject } from "../../common/json";
import type { Workload } from "../../guard/rollout";
import type { Labels } from "../../k8s/istioLabels";
import type { ResourceId } from "../../snapshot/resources";
import type { Read, Reading, Snapshot } from "../../snapshot/snapshot";
import type { SyncAnswer } from "../../snapshot/sync";

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
  /** Of other pods: one of each namespace, and of not more than 20. */
  readonly workloadCertificates: Reading<readonly ProxyCertificate[]>;
  readonly sync: Reading<readonly SyncAnswer[]>;
}

/** What a check of `mesh validate` gets: the parts that it needs have been read. */
export type ValidateState = Read<MeshState>;
