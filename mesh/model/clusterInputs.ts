import type { AdoptMode } from "./adoptMode";
import type { Target } from "./target";

/** The cluster of a component that a program creates outside a ServiceMesh. */
export interface ClusterInputs {
  /**
   * The cluster of the component, which must be that of its provider. With a cluster, the component
   * behaves as the parts of a ServiceMesh do: numbers of pods that an autoscaler has set stay;
   * changes of labels that leave a Service without pods are refused; entries of others in its
   * workloads are named; and what does not come up is explained. A gateway also waits until its pods
   * will be injected, and refuses steps by which Services of others lose their endpoints.
   * @default the cluster is not asked
   * @example { kind: "cluster", context: "prod" }
   */
  readonly target?: Target;
  /**
   * What may be done with objects that exist already, and that the stack did not create. Only with
   * a cluster as `target`.
   * @default "none"
   */
  readonly adopt?: AdoptMode;
}
