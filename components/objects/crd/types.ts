import type { K8sObject } from "../../../mesh/k8s/objects";

/** Brings CRDs to where they belong. */
export interface CrdDelivery {
  /** Creates or updates one and waits until it can be used. A newer one stays as it is. */
  apply(crd: K8sObject): Promise<void>;
  /** Deletes one; in a cluster not while there are objects of its kind, or a control plane. */
  remove(crd: K8sObject): Promise<void>;
}
