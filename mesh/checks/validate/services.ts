import type { JsonObject } from "../../common/json";
import { type Labels, labelsOf, textEntries } from "../../k8s/istioLabels";
import { getPath } from "../../k8s/path";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";

export function findNamed(
  objects: readonly JsonObject[],
  namespace: string,
  name: string,
): JsonObject | undefined {
  return objects.find((object) => nameOf(object) === name && namespaceOf(object) === namespace);
}

/** A Service's selector; empty for one without. */
export function selectorOf(service: JsonObject): Labels {
  return textEntries(getPath(service, "spec.selector"));
}

/** Addresses behind a Service that take traffic. */
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
