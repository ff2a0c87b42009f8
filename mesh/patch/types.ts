import type { Json } from "../common/json";
import type { K8sObject } from "../k8s/objects";

/** One entry of `k8s.overlays[].patches`: no value, or null, deletes what the path names. */
export interface PathPatch {
  readonly path: string;
  readonly value?: Json;
}

/** One entry of `k8s.overlays`. `apiVersion` is accepted and not compared, as in istioctl. */
export interface K8sOverlay {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly patches?: readonly PathPatch[];
}

/** Names of the workload that the `k8s` settings of one component change. */
export interface ComponentTarget {
  /** `Deployment` or `DaemonSet`. */
  readonly resourceKind: string;
  readonly resourceName: string;
  readonly containerName: string;
  /** True for ingress and egress gateways: their Service ports come from Helm values. */
  readonly isGateway: boolean;
}

/** One patch that could not be applied. */
export interface PatchProblem {
  /** The object that was patched, as `Kind/name`, where it is known. */
  readonly object?: string;
  /**
   * The patch's path, as it was written. For `k8s` settings `k8s.<field>`, with the object's field in
   * `reason`; for a strategic merge the object's field.
   */
  readonly path: string;
  readonly value?: Json;
  readonly reason: string;
  readonly fix: string;
}

/** An overlay that changed nothing because no object has its kind and name. */
export interface PatchWarning {
  /** The overlay's target, as `Kind/name`. */
  readonly object: string;
  readonly reason: string;
  /** Objects that exist, as `Kind/name`, the likeliest first. */
  readonly nearest: readonly string[];
}

/** Patched objects, and what could not be applied. */
export interface PatchedObjects {
  readonly objects: K8sObject[];
  readonly problems: readonly PatchProblem[];
}

/** Patched objects of overlays, with a warning for each overlay that matched nothing. */
export interface OverlaidObjects extends PatchedObjects {
  readonly warnings: readonly PatchWarning[];
}
