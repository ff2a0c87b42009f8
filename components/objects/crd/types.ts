import type { K8sObject } from "../../../mesh/k8s/objects";

/** Delivers CRDs. */
export interface CrdDelivery {
  /** Creates or updates a CRD and waits until it can be used. A newer one is kept. */
  apply(crd: K8sObject): Promise<void>;
  /**
   * Deletes a CRD. In a cluster, refuses while there are objects of its kind, or a control plane.
   */
  remove(crd: K8sObject): Promise<void>;
}
