import type { ManagedInputs } from "./managedInputs";

/** How the workloads of a namespace are restarted when its label moves. */
export interface RestartInputs {
  /**
   * Workloads (Deployments, StatefulSets, DaemonSets) that restart at once. Google's guides reckon
   * with about 100 pods a minute.
   * @default 10
   */
  readonly batchSize?: number;
  /** Seconds of rest between two batches. @default 0 */
  readonly pauseSeconds?: number;
  /** Seconds after which a workload that is not ready ends the restart. @default 300 */
  readonly timeoutSeconds?: number;
  /**
   * Any text; another one restarts every injected workload, also when no label moved: for a proxy image
   * or a managed data plane that is newer. A rerun goes on with those that are left.
   * @default they restart when the revision changes only
   * @example "2026-11-21"
   */
  readonly token?: string;
}

/** A namespace of the mesh. */
export interface NamespaceInputs {
  readonly name: string;
  /** Revision, revision tag or managed channel whose control plane injects the namespace's pods. */
  readonly revision: string;
  /**
   * The namespace is made, and goes with the stack. Otherwise it exists, and only its labels are
   * changed.
   * @default false
   */
  readonly create?: boolean;
  /** Restarts the workloads when the label moves. @default they keep their proxies until they restart */
  readonly restart?: RestartInputs;
  /**
   * Google replaces the namespace's pods whose proxies are out of date, within their disruption budgets;
   * those of StatefulSets, DaemonSets and Jobs it leaves alone. Only on a revision that
   * Google runs. A gateway may say otherwise for its own pods.
   * @default as for the whole control plane: {@link ManagedInputs.dataPlane}, or the fleet's
   * @see https://cloud.google.com/service-mesh/docs/operate-and-maintain/managed-data-plane
   */
  readonly managedDataPlane?: boolean;
}
