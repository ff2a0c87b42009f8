import type { RestartInputs } from "./namespaceInputs";
import type { Target } from "./target";

/** Inputs of a namespace in the mesh, as plain data. */
export interface MeshNamespaceInputs {
  /** Name of the namespace. */
  readonly namespace: string;
  /** Revision or tag that injects its pods. Empty for Istio's default revision. */
  readonly revision: string;
  /**
   * Revision to which the tag in `revision` points. If set, moving the tag restarts the workloads
   * too.
   * @default none
   */
  readonly tagRevision?: string;
  /** Creates the namespace, instead of labelling an existing one. @default false */
  readonly create?: boolean;
  /**
   * Restarts the workloads when the revision changes.
   * @default they keep their proxies until they restart
   */
  readonly restart?: RestartInputs;
  /**
   * Whether Google replaces pods with outdated proxies. Only for revisions that Google runs.
   * @default as for the whole control plane
   */
  readonly managedDataPlane?: boolean;
  /**
   * The cluster of the namespace. Without a target, the label `istio-injection` is not removed and
   * nothing is restarted.
   * @default what the component's provider is configured for
   */
  readonly target?: Target;
}
