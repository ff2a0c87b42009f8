import type { Target } from "../../../mesh/model/target";
import { clusterDelivery } from "./cluster";
import { folderDelivery } from "./folder";
import type { CrdDelivery } from "./types";

/** Delivers to a cluster with server-side apply, or into a folder of manifests. */
export function crdDelivery(target: Target, timeoutSeconds: number): CrdDelivery {
  return target.kind === "render"
    ? folderDelivery(target.directory)
    : clusterDelivery(target, timeoutSeconds);
}
