import type { Labels } from "../k8s/istioLabels";
import type { GatewayInputs } from "./gatewayInputs";

/** One control plane, as a preview compares it. */
export interface ControlPlaneFacts {
  /** Empty for Istio's default revision. */
  readonly revision: string;
  readonly version: string;
}

/** One revision of a gateway. */
export interface GatewayRevisionFacts {
  readonly revision: string;
  /** Weight as it was given. */
  readonly weight: number;
  /** Pods it gets; the lower bound under an autoscaler. */
  readonly pods: number;
}

/** One gateway. */
export interface GatewayFacts {
  readonly name: string;
  readonly namespace: string;
  readonly kind: string;
  /** `shared`: the Service selects every revision; `active`: one of them. */
  readonly traffic: "shared" | "active";
  /** Revision that the Service selects; only with `active`. */
  readonly active?: string;
  readonly revisions: readonly GatewayRevisionFacts[];
  /** Type of the Service. */
  readonly serviceType: string;
  /** Seconds in which a leaving pod finishes what it has begun. */
  readonly drainSeconds: number;
  /** What it was made of, for the checks of the next step. */
  readonly inputs: GatewayInputs;
}

/** One namespace of the mesh. */
export interface NamespaceFacts {
  readonly name: string;
  /** Revision or tag of its label. */
  readonly revision: string;
  /** Its workloads are restarted when the label moves. */
  readonly restarts: boolean;
  /** Whether Google replaces its pods; absent where nothing is said. */
  readonly managedDataPlane?: boolean;
}

/** What a preview compares with the last update: small, and in words that people use. */
export interface MeshFacts {
  readonly controlPlanes: readonly ControlPlaneFacts[];
  /**
   * Revisions that gateways and namespaces may name, and whose control planes are somebody else's.
   * Absent in records of former releases, which took these for control planes of the mesh.
   */
  readonly foreignRevisions?: readonly string[];
  readonly gateways: readonly GatewayFacts[];
  /** Revision by tag. */
  readonly tags: Readonly<Record<string, string>>;
  readonly namespaces: readonly NamespaceFacts[];
  /** Absent where the mesh has none. */
  readonly managed?: ManagedFacts;
  /** Of the charts' objects; absent in the state of an older release, and where nothing is rendered. */
  readonly podLabels?: PodLabels;
}

/** A mesh before the first update. */
export const NO_MESH: MeshFacts = { controlPlanes: [], gateways: [], tags: {}, namespaces: [] };

/**
 * The control planes that a mesh had before a step. Former releases recorded one for gateways alone
 * too, which the mesh never had.
 */
export function planesBefore(before: MeshFacts, after: MeshFacts): readonly ControlPlaneFacts[] {
  const foreign = before.foreignRevisions === undefined ? (after.foreignRevisions ?? []) : [];
  return before.controlPlanes.filter(({ revision }) => !foreign.includes(revision));
}

/** `1-29-1`, or `default` for Istio's default revision. */
export function revisionTitle(revision: string): string {
  return revision === "" ? "default" : revision;
}

/** `istio-ingress/ingress` */
export function gatewayTitle({
  namespace,
  name,
}: Pick<GatewayFacts, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

/** A managed control plane, as a preview compares it. */
export interface ManagedFacts {
  readonly revision: string;
  readonly channel: string;
  readonly provisioning: string;
}

/** A workload of the mesh, by the labels of its pods. */
export interface WorkloadLabels {
  /** @example "Deployment edge/web" */
  readonly title: string;
  readonly namespace: string;
  /** Labels by which it finds its own pods; Kubernetes never changes them. */
  readonly selector: Labels;
  /** Labels of its pods. */
  readonly labels: Labels;
  /** Absent where it has no pods on purpose. */
  readonly hasPods: boolean;
  /** What it is a part of, and stays a part of when it is replaced by another: a typed gateway, or itself. */
  readonly group: string;
}

/** A Service of the mesh, by the labels of the pods that it finds. */
export interface ServiceLabels {
  /** @example "Service edge/web" */
  readonly title: string;
  readonly namespace: string;
  readonly selector: Labels;
  /** An update changes it only once the pods are ready that it is to select. */
  readonly waits: boolean;
}

/** Who of the mesh finds which pods. Plain data, for the state. */
export interface PodLabels {
  readonly workloads: readonly WorkloadLabels[];
  readonly services: readonly ServiceLabels[];
}
