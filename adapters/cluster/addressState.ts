import type { JsonObject } from "../../mesh/common/json";
import { type AddressState, hasAddress } from "../../mesh/failure/noAddress";
import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import { listPath } from "../../mesh/snapshot/resources";
import { isUnread, itemsOf } from "../../mesh/snapshot/snapshot";
import type { Cluster } from "./cluster";
import { getObject, readEvents } from "./objects";
import { readList } from "./snapshot";

/** Lists the Services of the cluster, or those of one namespace if the user may read no others. */
async function readServices(cluster: Cluster, namespace: string): Promise<readonly JsonObject[]> {
  const all = await readList(cluster, "services");
  return isUnread(all) ? itemsOf(await readList(cluster, "services", { namespace })) : all;
}

/** Looks at a Service that waits for its address. Absent if it is not in the cluster. */
export async function readAddressState(
  cluster: Cluster,
  wanted: K8sObject,
): Promise<AddressState | undefined> {
  const { namespace, name } = identityOf(wanted);
  const about = `involvedObject.kind=Service,involvedObject.name=${name}`;
  const [service, events] = await Promise.all([
    getObject(cluster, `${listPath("services", namespace)}/${name}`),
    readEvents(cluster, namespace, about),
  ]);
  if (service === undefined) {
    return undefined;
  }
  // The other Services matter only where no controller has written anything about this one.
  const isSilent = !hasAddress(service) && events?.length === 0;
  return { service, events, services: isSilent ? await readServices(cluster, namespace) : [] };
}
