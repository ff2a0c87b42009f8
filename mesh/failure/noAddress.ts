import type { JsonObject } from "../common/json";
import { annotationsOf } from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { listAt } from "../k8s/workload";
import type { Cause } from "./cause";
import { eventMessage, newestFirst } from "./events";

/** A Service of type LoadBalancer, and what the cluster says about it. */
export interface AddressState {
  readonly service: JsonObject;
  /** Events about the Service. Absent where they may not be read. */
  readonly events: readonly JsonObject[] | undefined;
  /** Other Services, if there are no events: one with an address shows that something gives them. */
  readonly services: readonly JsonObject[];
}

/** Pulumi waits for no object that has this annotation with the value "true". */
export const SKIP_AWAIT_ANNOTATION = "pulumi.com/skipAwait";

export function skipsAwait(object: K8sObject): boolean {
  return annotationsOf(object)[SKIP_AWAIT_ANNOTATION] === "true";
}

/** Returns whether an update waits until an object, which is a Service, has an address. */
export function waitsForAddress(object: K8sObject): boolean {
  const isService = object.kind === "Service" && object.apiVersion === "v1";
  const isBalanced = getPath(object, "spec.type") === "LoadBalancer";
  return isService && isBalanced && !skipsAwait(object);
}

const GO_ON =
  'or go on without an address: `waitForAddress: false` for a typed gateway, `k8s.serviceAnnotations: {pulumi.com/skipAwait: "true"}` for one of an overlay';

const NOBODY: Cause = {
  text: "nothing in this cluster gives load balancers an address: no controller has written an event about the Service, and no other Service has an address",
  fix: `run \`minikube tunnel\` in minikube, install a load balancer such as MetalLB on machines of your own, ${GO_ON}`,
  certain: true,
};

/** Returns whether a load balancer has its address. */
export function hasAddress(service: JsonObject): boolean {
  return listAt(service, "status.loadBalancer.ingress").length > 0;
}

/**
 * Returns why a Service has no address. Absent if it has one.
 *
 * Controllers of load balancers write events about a Service as soon as they begin with it, so silence
 * means that there is none.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
 */
export function noAddressCause({ service, events, services }: AddressState): Cause | undefined {
  if (hasAddress(service)) {
    return undefined;
  }
  const [warning] = newestFirst((events ?? []).filter(({ type }) => type === "Warning"));
  const message = eventMessage(warning);
  if (message !== undefined) {
    return {
      text: `the cluster's load balancer says: ${message}`,
      fix: `mend what it names, ${GO_ON}`,
      certain: true,
    };
  }
  const isSilent = events?.length === 0 && !services.some(hasAddress);
  return isSilent
    ? NOBODY
    : {
        text: "its load balancer has no address yet",
        fix: `give it more time with \`timeouts.gateways\`, ${GO_ON}`,
        certain: false,
      };
}
