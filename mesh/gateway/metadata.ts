import type { JsonObject } from "../common/json";
import { ANNOTATION_PREFIX } from "../model/annotations";
import type { GatewayInputs } from "../model/gatewayInputs";
import { gatewayLabels } from "./plan";

/** The annotation that changes with {@link GatewayInputs.restart}, so that the pods restart. */
export const RESTART_ANNOTATION = `${ANNOTATION_PREFIX}restart`;

/** The label that names the network a gateway leads into. */
export const NETWORK_LABEL = "topology.istio.io/network";

/**
 * Returns the labels of every object of a gateway. None depends on a revision, so they stay the
 * same over a cutover.
 */
export function objectLabels(inputs: GatewayInputs): Record<string, string> {
  return {
    "app.kubernetes.io/name": inputs.name,
    "app.kubernetes.io/part-of": "istio",
    ...gatewayLabels(inputs),
    ...(inputs.network !== undefined && { [NETWORK_LABEL]: inputs.network }),
  };
}

/** Returns the metadata of one of the gateway's objects, in the gateway's namespace. */
export function metadata(inputs: GatewayInputs, name: string): JsonObject {
  return { name, namespace: inputs.namespace, labels: objectLabels(inputs) };
}

/**
 * Returns the name of the service account that the pods run as. Istio derives the identity of the
 * workloads from it.
 */
export function serviceAccountName(inputs: GatewayInputs): string {
  return inputs.serviceAccount?.name ?? inputs.name;
}
