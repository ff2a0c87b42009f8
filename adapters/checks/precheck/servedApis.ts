import { neededKinds } from "../../../mesh/checks/precheck/servedApis";
import type { UnservedKind } from "../../../mesh/checks/precheck/types";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { listAt } from "../../../mesh/k8s/workload";
import { type Cluster, succeeded } from "../../cluster/cluster";
import { inParallel } from "../../cluster/inParallel";
import { type KindLookup, kindLookup } from "../../cluster/objectPath";

/** Returns the versions of an API's group, the preferred one first. */
async function versionsBeside(cluster: Cluster, apiVersion: string): Promise<string[]> {
  const [group = "", version] = apiVersion.split("/");
  if (version === undefined) {
    return [];
  }
  const path = `/apis/${group}`;
  const answer = await cluster.call("GET", path);
  return answer.status === 404
    ? []
    : listAt(succeeded(path, answer), "versions").map((one) => String(one.groupVersion));
}

async function servedVersions(
  cluster: Cluster,
  lookUp: KindLookup,
  apiVersion: string,
  kind: string,
): Promise<string[]> {
  const versions = await versionsBeside(cluster, apiVersion);
  const kinds = await inParallel(versions, (version) => lookUp(version, kind));
  return versions.filter((_, index) => kinds[index] !== undefined);
}

/**
 * Returns the kinds that an update needs and that the API server does not serve. Makes one call for each
 * version of an API.
 *
 * @param crds those of the cluster
 */
export async function readUnserved(
  cluster: Cluster,
  objects: readonly K8sObject[],
  crds: readonly K8sObject[],
): Promise<UnservedKind[]> {
  const lookUp = kindLookup(cluster);
  const found = await inParallel(neededKinds(objects, crds), async ({ apiVersion, kind }) =>
    (await lookUp(apiVersion, kind)) === undefined
      ? [{ apiVersion, kind, served: await servedVersions(cluster, lookUp, apiVersion, kind) }]
      : [],
  );
  return found.flat();
}
