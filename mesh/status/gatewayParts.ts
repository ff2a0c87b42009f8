import type { JsonObject } from "../common/json";
import type { Workload } from "../guard/rollout";
import { type Labels, labelsOf, textEntries } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { selects } from "../k8s/selector";
import { nameOf, namespaceOf, templateOf } from "../k8s/workload";
import { isGateway } from "../snapshot/gateways";
import { byText, type View } from "./view";

/** A gateway's Service and Deployments. */
export interface GatewayParts {
  readonly namespace: string;
  readonly name: string;
  /** Absent for one that no Service leads to. */
  readonly service?: JsonObject;
  readonly deployments: readonly JsonObject[];
}

export function gatewayDeployments({ live }: View): readonly JsonObject[] {
  return live.lists.deployments.filter((each) => isGateway(templateOf(each)));
}

export function gatewayWorkloads({ workloads }: View): Workload[] {
  return workloads.filter(
    ({ kind, object }) => kind === "Deployment" && isGateway(templateOf(object)),
  );
}

/** Whether a Service leads to the pods of a Deployment. */
export function serves(service: JsonObject | undefined, deployment: JsonObject): boolean {
  const selector: Labels = textEntries(getPath(service ?? {}, "spec.selector"));
  return Object.keys(selector).length > 0 && selects(selector, labelsOf(templateOf(deployment)));
}

/** Name that the Deployments of a gateway share, by Istio's charts and by this package. */
function familyOf(deployment: JsonObject): string {
  const own = labelsOf(deployment);
  const { app } = labelsOf(templateOf(deployment));
  return own["app.kubernetes.io/name"] ?? app ?? nameOf(deployment);
}

/**
 * The Service of a Deployment: one that leads to its pods; for a revision that is kept warm, the one
 * of the gateway's name. Of several the gateway's own, then a load balancer.
 */
function serviceOf(deployment: JsonObject, services: readonly JsonObject[]) {
  const family = familyOf(deployment);
  const rank = (service: JsonObject) =>
    (serves(service, deployment) ? 4 : 0) +
    (nameOf(service) === family ? 2 : 0) +
    (getPath(service, "spec.type") === "LoadBalancer" ? 1 : 0);
  return services
    .filter((service) => namespaceOf(service) === namespaceOf(deployment))
    .filter((service) => rank(service) >= 2)
    .sort((a, b) => rank(b) - rank(a) || byText(nameOf(a), nameOf(b)))[0];
}

/** The gateways of a mesh, each with what belongs to it, by namespace and name. */
export function gatewayParts(view: View): GatewayParts[] {
  const parts = new Map<string, GatewayParts>();
  for (const deployment of gatewayDeployments(view)) {
    const service = serviceOf(deployment, view.live.lists.services);
    const name = service === undefined ? familyOf(deployment) : nameOf(service);
    const namespace = namespaceOf(deployment);
    const title = `${namespace}/${name}`;
    const deployments = [...(parts.get(title)?.deployments ?? []), deployment];
    parts.set(title, { namespace, name, service, deployments });
  }
  return [...parts].sort(([a], [b]) => byText(a, b)).map(([, part]) => part);
}
