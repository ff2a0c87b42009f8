import type { ClusterSession } from "../../pulumi/clusterSession";
import { clusterDelivery } from "./cluster";
import { folderDelivery } from "./folder";
import type { CrdDelivery } from "./types";

/** Delivers to a cluster with server-side apply, or into a folder of manifests. */
export async function crdDelivery(
  session: ClusterSession,
  timeoutSeconds: number,
): Promise<CrdDelivery> {
  const target = await session.where();
  if (target?.kind === "render") {
    return folderDelivery(target.directory);
  }
  const cluster = await session.cluster();
  if (cluster === undefined) {
    throw new Error("the target of the CRDs is neither a cluster nor a folder");
  }
  return clusterDelivery(cluster, timeoutSeconds);
}
