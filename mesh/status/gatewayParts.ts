import type { JsonObject } from "../common/json";
import { type Labels, labelsOf, textEntries } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { selects } from "../k8s/selector";
import { nameOf, namespaceOf, templateOf, type Workload } from "../k8s/workload";
import { gatewayWorkloads } from "../snapshot/gateways";
import { byText, type View } from "./view";

/** A gateway's Service, and the workloads whose pods it consists of. */
export interface GatewayParts {
  readonly namespace: string;
  readonly name: string;
  /** Absent if no Service selects its pods. */
  readonly service?: JsonObject;
  readonly workloads: readonly Workload[];
}

/** Returns whether a Service selects the pods of a workload. */
export function serves(service: JsonObject | undefined, workload: JsonObject): boolean {
  const selector: Labels = textEntries(getPath(service ?? {}, "spec.selector"));
  return Object.keys(selector).length > 0 && selects(selector, labelsOf(templateOf(workload)));
}

/** The name that the workloads of a gateway share, by Istio's charts and by this package. */
function familyOf(workload: JsonObject): string {
  const own = labelsOf(workload);
  const { app } = labelsOf(templateOf(workload));
  return own["app.kubernetes.io/name"] ?? app ?? nameOf(workload);
}

/**
 * Returns the Service of a workload: one that selects its pods, or for a revision without traffic the
 * one with the gateway's name. Of several, the gateway's own comes first, then a load balancer.
 */
function serviceOf(workload: JsonObject, services: readonly JsonObject[]) {
  const family = familyOf(workload);
  const rank = (service: JsonObject) =>
    (serves(service, workload) ? 4 : 0) +
    (nameOf(service) === family ? 2 : 0) +
    (getPath(service, "spec.type") === "LoadBalancer" ? 1 : 0);
  return services
    .filter((service) => namespaceOf(service) === namespaceOf(workload))
    .filter((service) => rank(service) >= 2)
    .sort((a, b) => rank(b) - rank(a) || byText(nameOf(a), nameOf(b)))[0];
}

/** Returns the gateways of a mesh, each with what belongs to it, by namespace and name. */
export function gatewayParts(view: View): GatewayParts[] {
  const parts = new Map<string, GatewayParts>();
  for (const workload of gatewayWorkloads(view.workloads)) {
    const { object } = workload;
    const service = serviceOf(object, view.lists.services);
    const name = service === undefined ? familyOf(object) : nameOf(service);
    const namespace = namespaceOf(object);
    const title = `${namespace}/${name}`;
    const workloads = [...(parts.get(title)?.workloads ?? []), workload];
    parts.set(title, { namespace, name, service, workloads });
  }
  return [...parts].sort(([a], [b]) => byText(a, b)).map(([, part]) => part);
}
