import type { JsonObject } from "../../mesh/common/json";
import type { AddressState } from "../../mesh/failure/noAddress";
import { annotationsOf } from "../../mesh/k8s/istioLabels";
import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { Cluster } from "./cluster";
import { getObject, listAll } from "./objects";

/** Pulumi waits for no object that has this annotation with the value "true". */
export const SKIP_AWAIT_ANNOTATION = "pulumi.com/skipAwait";

/** Returns whether an update waits until an object, which is a Service, has an address. */
export function waitsForAddress(object: K8sObject): boolean {
  const isService = object.kind === "Service" && object.apiVersion === "v1";
  const isBalanced = getPath(object, "spec.type") === "LoadBalancer";
  return isService && isBalanced && annotationsOf(object)[SKIP_AWAIT_ANNOTATION] !== "true";
}

/** Lists what not everybody may read. */
async function listIfAllowed(
  cluster: Cluster,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<JsonObject[] | undefined> {
  try {
    return await listAll(cluster, path, query);
  } catch {
    return undefined;
  }
}

/** Looks at a Service that waits for its address. Absent if it is not in the cluster. */
export async function readAddressState(
  cluster: Cluster,
  wanted: K8sObject,
): Promise<AddressState | undefined> {
  const { namespace, name } = identityOf(wanted);
  const own = `/api/v1/namespaces/${namespace}`;
  const fieldSelector = `involvedObject.kind=Service,involvedObject.name=${name}`;
  const [service, events, all] = await Promise.all([
    getObject(cluster, `${own}/services/${name}`),
    listIfAllowed(cluster, `${own}/events`, { fieldSelector }),
    listIfAllowed(cluster, "/api/v1/services"),
  ]);
  const services = all ?? (await listIfAllowed(cluster, `${own}/services`)) ?? [];
  return service === undefined ? undefined : { service, events, services };
}
