import type { RestartInputs } from "./namespaceInputs";
import type { Target } from "./target";

/** Plain inputs of a namespace in the mesh. */
export interface MeshNamespaceInputs {
  readonly namespace: string;
  /** Revision or tag that injects its pods; empty for Istio's default revision. */
  readonly revision: string;
  /**
   * Revision that the tag in `revision` points to. With it, a move of the tag restarts the
   * workloads too.
   * @default none
   */
  readonly tagRevision?: string;
  /** Creates the namespace rather than label one that is there. @default false */
  readonly create?: boolean;
  /** Restarts the workloads once the revision changes. @default they keep their proxies until they restart */
  readonly restart?: RestartInputs;
  /**
   * Google replaces pods whose proxies are out of date. Only on a revision that Google runs.
   * @default as for the whole control plane
   */
  readonly managedDataPlane?: boolean;
  /**
   * Where the namespace is. Without one, `istio-injection` stays where it is, and nothing restarts.
   * @default what the component's provider is configured for
   */
  readonly target?: Target;
}
