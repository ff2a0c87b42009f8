import type { GkeInputs } from "./gkeInputs";
import type { ServiceMeshInputs } from "./serviceMeshInputs";

/**
 * The keys of a stack's configuration in the namespace `mesh`: the inputs of a mesh, and its
 * target.
 */
export interface StackConfiguration extends ServiceMeshInputs {
  /** `render` writes manifests to a folder; `cluster` applies them. @default "render" */
  readonly target?: "render" | "cluster";
  /** Folder of the manifests, with `target: render`. @default "rendered/STACK" */
  readonly renderDirectory?: string;
  /**
   * Path or content of a kubeconfig, with `target: cluster`.
   * @default what kubectl would use, or the cluster of `gke`
   */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig, with `target: cluster`. @default its current one */
  readonly context?: string;
  /**
   * Google Cloud around the mesh: the inputs of a `GkeFoundation`. With `target: cluster` the mesh
   * is installed into its cluster.
   * @default nothing is created
   */
  readonly gke?: GkeInputs;
}
