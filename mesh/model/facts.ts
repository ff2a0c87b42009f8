import type { Labels } from "../k8s/istioLabels";
import type { ObjectEffects, ServiceFacts } from "./effects";
import type { GatewayInputs, GatewayKind } from "./gatewayInputs";

/** The facts of one control plane. */
export interface ControlPlaneFacts {
  /** Empty for Istio's default revision. */
  readonly revision: string;
  /** Of its charts. */
  readonly version: string;
  /** The version of istiod's image. @default the version of the charts */
  readonly image?: string;
}

/** Returns the Istio version that a control plane runs. All rules of version skew hold for it. */
export function runningVersion({ version, image }: ControlPlaneFacts): string {
  return image ?? version;
}

/** @example planeVersionText({ revision: "", version: "1.29.1", image: "1.28.5" }) // "1.28.5 on the charts of 1.29.1" */
export function planeVersionText({ version, image }: ControlPlaneFacts): string {
  return image === undefined || image === version
    ? version
    : `${image} on the charts of ${version}`;
}

/** The facts of one revision of a gateway. */
export interface GatewayRevisionFacts {
  readonly revision: string;
  /** The weight in the inputs. */
  readonly weight: number;
  /** The number of its pods, or the minimum of its autoscaler. */
  readonly pods: number;
}

/** The facts of one gateway. */
export interface GatewayFacts {
  readonly name: string;
  readonly namespace: string;
  readonly kind: string;
  /** With `shared`, the Service selects all revisions. With `active`, it selects one of them. */
  readonly traffic: "shared" | "active";
  /** The revision that the Service selects. Only set with `active`. */
  readonly active?: string;
  readonly revisions: readonly GatewayRevisionFacts[];
  /** The type of the Service. */
  readonly serviceType: string;
  /** How long a terminating pod has to finish its requests, in seconds. */
  readonly drainSeconds: number;
  /** Its inputs, for the checks of the next step. */
  readonly inputs: GatewayInputs;
}

/** The facts of a gateway that an overlay or a profile declares. */
export interface OverlayGatewayFacts {
  readonly name: string;
  readonly namespace: string;
  readonly kind: GatewayKind;
  /** Whether it may not be removed. */
  readonly protect: boolean;
  readonly service: ServiceFacts;
}

/** The facts of one namespace of the mesh. */
export interface NamespaceFacts {
  readonly name: string;
  /** The revision or tag in its label. */
  readonly revision: string;
  /** Whether its workloads are restarted when the label changes. */
  readonly restarts: boolean;
  /** Whether Google replaces its pods. Absent if the inputs do not say. */
  readonly managedDataPlane?: boolean;
}

/**
 * What a preview compares with the last update. Pulumi's state contains it, so it is small and
 * readable.
 */
export interface MeshFacts {
  readonly controlPlanes: readonly ControlPlaneFacts[];
  /**
   * Revisions that gateways and namespaces may name, and whose control planes belong to someone
   * else. Absent in records of earlier releases, which treated these as control planes of the mesh.
   */
  readonly foreignRevisions?: readonly string[];
  readonly gateways: readonly GatewayFacts[];
  /** Gateways of overlays. Absent in states of earlier releases. */
  readonly overlayGateways?: readonly OverlayGatewayFacts[];
  /** The revision of each tag. */
  readonly tags: Readonly<Record<string, string>>;
  readonly namespaces: readonly NamespaceFacts[];
  /** Absent if the mesh has none. */
  readonly managed?: ManagedFacts;
  /** Absent if the inputs have no `upgrade`. */
  readonly upgrade?: UpgradeFacts;
  /**
   * The pod labels of the charts' objects. Absent in states of earlier releases, and if nothing is
   * rendered.
   */
  readonly podLabels?: PodLabels;
  /**
   * What the mesh's objects mean for pods and traffic. Absent in states of earlier releases, and if
   * some input is a secret.
   */
  readonly effects?: ObjectEffects;
}

/** The facts of a mesh before its first update. */
export const NO_MESH: MeshFacts = { controlPlanes: [], gateways: [], tags: {}, namespaces: [] };

/**
 * Returns the control planes that a mesh had before a step. Earlier releases also recorded one for
 * a mesh of gateways only, which has none.
 */
export function planesBefore(before: MeshFacts, after: MeshFacts): readonly ControlPlaneFacts[] {
  const foreign = before.foreignRevisions === undefined ? (after.foreignRevisions ?? []) : [];
  return before.controlPlanes.filter(({ revision }) => !foreign.includes(revision));
}

/** Returns whether a control plane runs another version after a step. */
export function isChangedInPlace(before: ControlPlaneFacts, after: ControlPlaneFacts): boolean {
  return planeVersionText(before) !== planeVersionText(after);
}

/** `1-31-0`, or `default` for Istio's default revision. */
export function revisionTitle(revision: string): string {
  return revision === "" ? "default" : revision;
}

/** @example planesText(plan.from) // "1-30-4 (Istio 1.30.4)" */
export function planesText(planes: readonly ControlPlaneFacts[]): string {
  return planes
    .map((plane) => `${revisionTitle(plane.revision)} (Istio ${planeVersionText(plane)})`)
    .join(", ");
}

/** `istio-ingress/ingress` */
export function gatewayTitle({
  namespace,
  name,
}: Pick<GatewayFacts, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

/** The facts of a managed control plane. */
export interface ManagedFacts {
  readonly revision: string;
  readonly channel: string;
  readonly provisioning: string;
}

/** The stage of an upgrade to which an update went. */
export interface UpgradeFacts {
  /** The version to which the mesh goes. */
  readonly to: string;
  readonly stage: string;
}

/** The labels of a workload and its pods. */
export interface WorkloadLabels {
  /** @example "Deployment edge/web" */
  readonly title: string;
  readonly namespace: string;
  /** The labels by which it selects its own pods. Kubernetes never changes them. */
  readonly selector: Labels;
  /** The labels of its pods. */
  readonly labels: Labels;
  /** Absent if it intentionally has no pods. */
  readonly hasPods: boolean;
  /**
   * The group that stays the same if another workload replaces it: a typed gateway, or the workload
   * itself.
   */
  readonly group: string;
}

/** The selector of a Service of the mesh. */
export interface ServiceLabels {
  /** @example "Service edge/web" */
  readonly title: string;
  readonly namespace: string;
  readonly selector: Labels;
  /** Whether an update changes it only after the pods that it will select are ready. */
  readonly waits: boolean;
}

/** Which workloads and Services of the mesh select which pods. Plain data for the state. */
export interface PodLabels {
  readonly workloads: readonly WorkloadLabels[];
  readonly services: readonly ServiceLabels[];
}
