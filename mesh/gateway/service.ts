import type { Json, JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import type { GatewayInputs, GatewayPort, GatewayService } from "../model/gatewayInputs";
import { metadata } from "./metadata";
import { planGateway } from "./plan";
import { servicePorts } from "./ports";

/** GKE reads this annotation to place the load balancer inside the VPC network. */
const LOAD_BALANCER_TYPE = "networking.gke.io/load-balancer-type";

/** The older name of the same annotation. */
const OLD_LOAD_BALANCER_TYPE = "cloud.google.com/load-balancer-type";

/** Returns the annotations of the Service. */
export function serviceAnnotations(inputs: GatewayInputs): Record<string, string> {
  const { internal = false, annotations } = inputs.service ?? {};
  return { ...(internal && { [LOAD_BALANCER_TYPE]: "Internal" }), ...annotations };
}

/** Returns whether the load balancer is inside the VPC network, whichever input says so. */
export function isInternal(inputs: GatewayInputs): boolean {
  const annotations = serviceAnnotations(inputs);
  const type = annotations[LOAD_BALANCER_TYPE] ?? annotations[OLD_LOAD_BALANCER_TYPE] ?? "";
  return type.toLowerCase() === "internal";
}

function portObject({ name, port, targetPort, protocol, nodePort }: GatewayPort): JsonObject {
  return {
    name,
    port,
    targetPort: targetPort ?? port,
    protocol: protocol ?? "TCP",
    ...(nodePort !== undefined && { nodePort }),
  };
}

/** Fields of the Service's spec that have an input of the same name. */
const SAME_NAME = [
  "loadBalancerIP",
  "loadBalancerSourceRanges",
  "externalTrafficPolicy",
  "sessionAffinity",
  "ipFamilyPolicy",
  "ipFamilies",
  "loadBalancerClass",
] as const satisfies readonly (keyof GatewayService)[];

function sameNamed(service: GatewayService): JsonObject {
  const given = SAME_NAME.filter((field) => service[field] !== undefined);
  return Object.fromEntries(
    given.map((field) => {
      const value = service[field];
      return [field, (Array.isArray(value) ? [...value] : value) as Json];
    }),
  );
}

/**
 * Returns the Service, which all revisions share. With `traffic: shared` nothing in it names a
 * revision. With `traffic: active` only its selector does.
 */
export function service(inputs: GatewayInputs): K8sObject {
  const plan = planGateway(inputs);
  const annotations = serviceAnnotations(inputs);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...metadata(inputs, inputs.name),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      type: plan.serviceType,
      ...sameNamed(inputs.service ?? {}),
      selector: { ...plan.selector },
      ports: servicePorts(inputs).map(portObject),
    },
  };
}
