import type { ManagedInputs } from "./managedInputs";
import type { WholeNumber } from "./wholeNumber";

/** How the workloads of a namespace are restarted when its label moves. */
export interface RestartInputs {
  /**
   * Number of workloads (Deployments, StatefulSets, DaemonSets) that restart at the same time.
   * Google's guides assume about 100 pods per minute.
   * @default 10
   */
  readonly batchSize?: WholeNumber;
  /**
   * What happens to pods with an old proxy that no Deployment, StatefulSet or DaemonSet has made.
   *
   * - `name`: a warning names them, with the command that gives them the new proxy.
   * - `evict`: those that a controller replaces (a ReplicaSet of its own, an Argo Rollout, any other)
   *   are evicted, in the same batches, one pod of each owner at a time, and each replacement is waited
   *   for. Disruption budgets hold. Pods without a controller and pods that run to their end, such as
   *   those of Jobs, are never evicted, but named.
   * @default "name"
   * @example restart: { others: evict }
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
   */
  readonly others?: "name" | "evict";
  /** Pause between two batches, in seconds. @default 0 */
  readonly pauseSeconds?: number;
  /**
   * How long a workload may take to become ready, in seconds. After that, the restart ends with an
   * error.
   * @default 300
   */
  readonly timeoutSeconds?: number;
  /**
   * Any text. A change of it restarts all injected workloads, also if the label does not change,
   * for example to get a newer proxy image or managed data plane. A rerun continues with the
   * remaining workloads.
   * @default they only restart when the revision changes
   * @example "2026-11-21"
   */
  readonly token?: string;
}

/** A namespace of the mesh. */
export interface NamespaceInputs {
  /** Name of the namespace. */
  readonly name: string;
  /** Revision, revision tag or managed channel whose control plane injects the namespace's pods. */
  readonly revision: string;
  /**
   * Whether the namespace is created, and deleted with the stack. Otherwise it must exist, and only
   * its labels are changed.
   * @default false
   */
  readonly create?: boolean;
  /**
   * Restarts the workloads when the label changes.
   * @default they keep their proxies until they restart
   */
  readonly restart?: RestartInputs;
  /**
   * Whether Google replaces the namespace's pods with outdated proxies, within their disruption
   * budgets. It does not replace pods of StatefulSets, DaemonSets and Jobs. Only for revisions that
   * Google runs. A gateway may have another setting for its own pods.
   * @default as for the whole control plane: {@link ManagedInputs.dataPlane}, or the fleet's
   * setting
   * @see https://cloud.google.com/service-mesh/docs/operate-and-maintain/managed-data-plane
   */
  readonly managedDataPlane?: boolean;
}
