import type { Json, JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import type { GatewayInputs, GatewayPort, GatewayService } from "../model/gatewayInputs";
import { metadata } from "./metadata";
import { planGateway } from "./plan";
import { servicePorts } from "./ports";

/** GKE reads this annotation to place the load balancer inside the VPC network. */
const LOAD_BALANCER_TYPE = "networking.gke.io/load-balancer-type";

/**
 * Annotations, and the value, by which clouds keep a load balancer inside a private network.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer
 */
const INTERNAL: Readonly<Record<string, string>> = {
  [LOAD_BALANCER_TYPE]: "internal",
  "cloud.google.com/load-balancer-type": "internal",
  "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
  "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
  "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
};

/** Returns the inputs of the Service, with what `eastWest.access` says of its load balancer. */
export function serviceInputs({ service = {}, eastWest }: GatewayInputs): GatewayService {
  const { access = "public" } = eastWest ?? {};
  if (typeof access !== "string") {
    return { ...service, loadBalancerSourceRanges: access };
  }
  return access === "internal" ? { ...service, internal: true } : service;
}

/** Returns whether everyone can reach the gateway, by a load balancer that admits all clients. */
export function isPublic(inputs: GatewayInputs): boolean {
  const { loadBalancerSourceRanges: ranges = [] } = serviceInputs(inputs);
  const isBalanced = planGateway(inputs).serviceType === "LoadBalancer";
  return isBalanced && !isInternal(inputs) && ranges.length === 0;
}

/** Returns the annotations of the Service. */
export function serviceAnnotations(inputs: GatewayInputs): Record<string, string> {
  const { internal = false, annotations } = serviceInputs(inputs);
  return { ...(internal && { [LOAD_BALANCER_TYPE]: "Internal" }), ...annotations };
}

/** Returns whether the annotations of a Service keep its load balancer inside a private network. */
export function isInternalBalancer(annotations: Readonly<Record<string, string>>): boolean {
  return Object.entries(INTERNAL).some(
    ([name, value]) => annotations[name]?.toLowerCase() === value,
  );
}

/** Returns whether the load balancer is inside a private network, whichever input says so. */
export function isInternal(inputs: GatewayInputs): boolean {
  return isInternalBalancer(serviceAnnotations(inputs));
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
      ...sameNamed(serviceInputs(inputs)),
      selector: { ...plan.selector },
      ports: servicePorts(inputs).map(portObject),
    },
  };
}
