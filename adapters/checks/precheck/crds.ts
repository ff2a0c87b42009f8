import { ISTIO_CRDS } from "../../../mesh/k8s/crd";
import { isCrd, type K8sObject } from "../../../mesh/k8s/objects";
import { nameOf } from "../../../mesh/k8s/workload";
import { listPath, RESOURCES } from "../../../mesh/snapshot/resources";
import { isUnread } from "../../../mesh/snapshot/snapshot";
import { inParallel } from "../../cluster/inParallel";
import { readList } from "../../cluster/snapshot";
import type { Reader } from "./reader";

/**
 * Reads those of the CRDs that exist. A list of all would be long, with schemas of many kilobytes.
 * Istio's have a label. One without it is read by itself if its kind is served.
 *
 * @param objects all planned objects; those that are no CRDs are ignored
 * @param others names of CRDs that are not planned
 */
export async function readCrds(
  reader: Reader,
  objects: readonly K8sObject[],
  others: readonly string[] = [],
): Promise<K8sObject[]> {
  const found = new Map<string, K8sObject>();
  let left: readonly string[] = [...objects.filter(isCrd).map(nameOf), ...others];
  for (const labelSelector of ISTIO_CRDS) {
    if (left.length === 0) {
      break;
    }
    const list = await readList(reader.cluster, "crds", { labelSelector });
    if (isUnread(list)) {
      break;
    }
    for (const crd of list.filter((one) => left.includes(nameOf(one)))) {
      found.set(nameOf(crd), crd);
    }
    left = await reader.discovery.servedCrds(left.filter((name) => !found.has(name)));
  }
  const { kind } = RESOURCES.crds;
  const read = await inParallel(left, (name) => reader.get(`${listPath("crds")}/${name}`, kind));
  return [...found.values(), ...(read.filter((crd) => crd !== undefined) as K8sObject[])];
}
