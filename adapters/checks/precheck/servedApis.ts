import { neededKinds } from "../../../mesh/checks/precheck/servedApis";
import type { ApiKind, UnservedKind } from "../../../mesh/checks/precheck/types";
import type { K8sObject } from "../../../mesh/k8s/objects";
import type { Discovery } from "../../cluster/discovery";
import { inParallel } from "../../cluster/inParallel";

/** Returns the versions of a kind's group in which the API server serves it, the preferred one first. */
async function versionsOf(discovery: Discovery, { apiVersion, kind }: ApiKind) {
  const [group, version] = apiVersion.split("/");
  const versions =
    version === undefined
      ? []
      : (await discovery.versions()).filter((other) => other.startsWith(`${group}/`));
  const kinds = await inParallel(versions, (other) => discovery.find(other, kind));
  return versions.filter((_, index) => kinds[index] !== undefined);
}

/**
 * Returns the kinds that an update needs and that the API server does not serve.
 *
 * @param crds those of the cluster
 */
export async function readUnserved(
  discovery: Discovery,
  objects: readonly K8sObject[],
  crds: readonly K8sObject[],
): Promise<UnservedKind[]> {
  const found = await inParallel(neededKinds(objects, crds), async (needed) =>
    (await discovery.find(needed.apiVersion, needed.kind)) === undefined
      ? [{ ...needed, served: await versionsOf(discovery, needed) }]
      : [],
  );
  return found.flat();
}
