import { isObject, type JsonObject } from "../common/json";
import { labelsOf } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { selectorOf } from "../k8s/selector";
import { listAt, nameOf, namespaceOf } from "../k8s/workload";

/** Returns the object of that name in a namespace. */
export function findNamed(
  objects: readonly JsonObject[],
  { namespace, name }: { readonly namespace: string; readonly name: string },
): JsonObject | undefined {
  return objects.find((object) => nameOf(object) === name && namespaceOf(object) === namespace);
}

/** Returns how many addresses behind a Service accept traffic. */
export function readyEndpoints(
  slices: readonly JsonObject[],
  namespace: string,
  service: string,
): number {
  return slices
    .filter(
      (slice) =>
        namespaceOf(slice) === namespace &&
        labelsOf(slice)["kubernetes.io/service-name"] === service,
    )
    .flatMap((slice) => listAt(slice, "endpoints"))
    .filter((endpoint) => getPath(endpoint, "conditions.ready") !== false)
    .flatMap(({ addresses }) => (Array.isArray(addresses) ? addresses : [])).length;
}

/** Returns whether somebody else manages a Service's endpoints, which may be outside of the cluster. */
export function leadsOutside(service: JsonObject): boolean {
  return Object.keys(selectorOf(service)).length === 0;
}

/**
 * Returns whether the calls of a webhook that go to a Service can be answered.
 *
 * @param slices EndpointSlices
 */
export function answers(service: JsonObject, slices: readonly JsonObject[]): boolean {
  return leadsOutside(service) || readyEndpoints(slices, namespaceOf(service), nameOf(service)) > 0;
}

/** Returns the address of a load balancer in the status of a Service. */
export function balancerAddress(status: unknown): string | undefined {
  const [first] = isObject(status) ? listAt(status, "loadBalancer.ingress") : [];
  const address = first?.ip ?? first?.hostname;
  return typeof address === "string" ? address : undefined;
}
