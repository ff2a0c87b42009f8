import { isObject } from "../common/json";
import { annotationsOf } from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import type { ServiceFacts } from "../model/effects";
import type { GatewayPort } from "../model/gatewayInputs";
import { isInternalBalancer } from "./service";

const textAt = (object: K8sObject, path: string): string | undefined => {
  const value = getPath(object, path);
  return typeof value === "string" && value !== "" ? value : undefined;
};

function portFacts(service: K8sObject): GatewayPort[] {
  const ports = getPath(service, "spec.ports");
  return (Array.isArray(ports) ? ports : []).filter(isObject).map((entry) => {
    const { name, port, targetPort, protocol, nodePort } = entry;
    return {
      name: typeof name === "string" ? name : "",
      port: Number(port),
      ...(typeof targetPort === "number" && { targetPort }),
      ...(protocol === "UDP" && { protocol }),
      ...(typeof nodePort === "number" && { nodePort }),
    };
  });
}

/**
 * Returns what a Service says of its address and of the ports that clients use.
 *
 * @example
 * serviceFacts(service(gateway)).type // "LoadBalancer"
 */
export function serviceFacts(service: K8sObject): ServiceFacts {
  const [loadBalancerIP, loadBalancerClass] = ["loadBalancerIP", "loadBalancerClass"].map((field) =>
    textAt(service, `spec.${field}`),
  );
  return {
    type: textAt(service, "spec.type") ?? "ClusterIP",
    internal: isInternalBalancer(annotationsOf(service)),
    ...(loadBalancerIP !== undefined && { loadBalancerIP }),
    ...(loadBalancerClass !== undefined && { loadBalancerClass }),
    ports: portFacts(service),
  };
}
