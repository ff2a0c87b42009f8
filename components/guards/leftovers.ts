import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../../adapters/cluster/cluster";
import { deleteObject } from "../../adapters/cluster/objects";
import { requireList } from "../../adapters/cluster/snapshot";
import { getPath } from "../../mesh/k8s/path";
import { ISTIOD_CONFIG_MAPS, isWrittenByIstiodAlone } from "../../mesh/ownership/istiodConfigMaps";
import type { ClusterSession } from "../pulumi/clusterSession";
import { resourceHook } from "../pulumi/hooks";
import * as pulumi from "../pulumi/sdk";
import { StateMarker } from "../pulumi/stateMarker";

/** How long istiod may take to end. While it runs, it writes deleted objects again. */
const ISTIOD_ENDS_MS = 60_000;
const POLL_MS = 500;

/** Waits for the last istiod to end. @returns whether no istiod runs any more */
async function istiodEnded(cluster: Cluster): Promise<boolean> {
  const deadline = Date.now() + ISTIOD_ENDS_MS;
  const istiods = await requireList(cluster, "deployments", { labelSelector: "app=istiod" });
  if (istiods.some((istiod) => getPath(istiod, "metadata.deletionTimestamp") === undefined)) {
    return false; // another stack's, or somebody else's: it will not end
  }
  const running = () => requireList(cluster, "pods", { labelSelector: "app=istiod" });
  while ((await running()).length > 0) {
    if (Date.now() > deadline) {
      return false;
    }
    await delay(POLL_MS);
  }
  return true;
}

async function removeNamed(cluster: Cluster, name: string): Promise<void> {
  const fieldSelector = `metadata.name=${name}`;
  const found = await requireList(cluster, "configMaps", { fieldSelector });
  const own = found.filter(isWrittenByIstiodAlone).map((map) => getPath(map, "metadata.namespace"));
  await Promise.all(
    own.map((namespace) =>
      deleteObject(cluster, `/api/v1/namespaces/${namespace}/configmaps/${name}`),
    ),
  );
}

/** A failure here does not fail the destroy, because what is left has no effect. */
async function removeWritten(cluster: Cluster): Promise<void> {
  const names = ISTIOD_CONFIG_MAPS.join(", ");
  try {
    if (await istiodEnded(cluster)) {
      await Promise.all(ISTIOD_CONFIG_MAPS.map((name) => removeNamed(cluster, name)));
    } else {
      void pulumi.log.info(`an istiod is still running, so its ConfigMaps are kept (${names})`);
    }
  } catch (error) {
    void pulumi.log.warn(
      `ConfigMaps of istiod may be left (${names}): ${(error as Error).message}`,
    );
  }
}

/**
 * Returns the hook of {@link Leftovers}. It must be registered in every run, because Pulumi looks
 * it up by its name after the stack has lost its last control plane.
 *
 * @param name the name of the resource; the same in each run
 */
export function leftoversHook(name: string, session: ClusterSession): pulumi.ResourceHook {
  return resourceHook(`${name}:remove`, async () => {
    const cluster = await session.cluster();
    if (cluster !== undefined) {
      await removeWritten(cluster);
    }
  });
}

/**
 * Removes what istiod has written into every namespace, after the last control plane of the stack
 * is deleted. Control planes depend on it, so that Pulumi deletes it after them. If another istiod
 * still runs, nothing is removed.
 *
 * A marker in Pulumi's state, with no object in the cluster.
 */
export class Leftovers extends StateMarker {
  /**
   * @param name the same in each run
   * @param remove the hook that {@link leftoversHook} returns
   */
  constructor(name: string, remove: pulumi.ResourceHook, opts: pulumi.CustomResourceOptions) {
    super(
      name,
      { configMaps: [...ISTIOD_CONFIG_MAPS] },
      { ...opts, hooks: { beforeDelete: [remove] } },
    );
  }
}
