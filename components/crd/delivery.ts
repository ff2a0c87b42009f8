import type { K8sObject } from "../../mesh/patch/types";
import type { Target } from "../target";
import { clusterDelivery } from "./cluster";
import { folderDelivery } from "./folder";

/** Brings CRDs to where they belong. */
export interface CrdDelivery {
  /** Creates or updates one and waits until it can be used. A newer one stays as it is. */
  apply(crd: K8sObject): Promise<void>;
  /** Deletes one; in a cluster not while there are objects of its kind, or a control plane. */
  remove(crd: K8sObject): Promise<void>;
}

/** Delivers to a cluster with server-side apply, or into a folder of manifests. */
export function crdDelivery(target: Target, timeoutSeconds: number): CrdDelivery {
  return target.kind === "render"
    ? folderDelivery(target.directory)
    : clusterDelivery(target, timeoutSeconds);
}
