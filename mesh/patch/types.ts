import type { Json } from "../common/json";
import type { K8sObject } from "../k8s/objects";

/**
 * One entry of `k8s.overlays[].patches`. Without a value, or with null, it deletes what the path
 * names.
 */
export interface PathPatch {
  readonly path: string;
  readonly value?: Json;
}

/** One entry of `k8s.overlays`. `apiVersion` is accepted but not compared, as in istioctl. */
export interface K8sOverlay {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly patches?: readonly PathPatch[];
}

/** Names the workload that the `k8s` settings of one component change. */
export interface ComponentTarget {
  /** `Deployment` or `DaemonSet`. */
  readonly resourceKind: string;
  readonly resourceName: string;
  readonly containerName: string;
  /** True for ingress and egress gateways, whose Service ports come from Helm values. */
  readonly isGateway: boolean;
}

/** One patch that could not be applied. */
export interface PatchProblem {
  /** The patched object as `Kind/name`, if it is known. */
  readonly object?: string;
  /**
   * The path of the patch as written. For `k8s` settings it is `k8s.<field>`, and `reason` names
   * the object's field. For a strategic merge it is the object's field.
   */
  readonly path: string;
  readonly value?: Json;
  readonly reason: string;
  readonly fix: string;
}

/** An overlay that changed nothing, because no object has its kind and name. */
export interface PatchWarning {
  /** The target of the overlay, as `Kind/name`. */
  readonly object: string;
  readonly reason: string;
  /** Existing objects as `Kind/name`, the most similar first. */
  readonly nearest: readonly string[];
}

/** Patched objects, and the patches that could not be applied. */
export interface PatchedObjects {
  readonly objects: K8sObject[];
  readonly problems: readonly PatchProblem[];
}

/** Objects patched by overlays, with a warning for each overlay that matched nothing. */
export interface OverlaidObjects extends PatchedObjects {
  readonly warnings: readonly PatchWarning[];
}
