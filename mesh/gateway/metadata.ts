import type { JsonObject } from "../common/json";
import { ANNOTATION_PREFIX } from "../model/annotations";
import type { GatewayInputs } from "../model/gatewayInputs";
import { gatewayLabels } from "./plan";

/** Changes with {@link GatewayInputs.restart}. */
export const RESTART_ANNOTATION = `${ANNOTATION_PREFIX}restart`;

/** Label that says which network a gateway is the way into. */
export const NETWORK_LABEL = "topology.istio.io/network";

/** Labels of every object of a gateway. None follows from a revision: they stay over a cutover. */
export function objectLabels(inputs: GatewayInputs): Record<string, string> {
  return {
    "app.kubernetes.io/name": inputs.name,
    "app.kubernetes.io/part-of": "istio",
    ...gatewayLabels(inputs),
    ...(inputs.network !== undefined && { [NETWORK_LABEL]: inputs.network }),
  };
}

/** Metadata of an object of the gateway, in its namespace. */
export function metadata(inputs: GatewayInputs, name: string): JsonObject {
  return { name, namespace: inputs.namespace, labels: objectLabels(inputs) };
}

/** Name of the account that the pods run as; Istio makes the workloads' identity of it. */
export function serviceAccountName(inputs: GatewayInputs): string {
  return inputs.serviceAccount?.name ?? inputs.name;
}
