import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { annotated } from "./kubernetesObject";

/**
 * Without it an update waits for the load balancer's address, and 10 s for endpoints to settle; and
 * for pods too, which in turn may wait for a gate that waits for something else.
 */
export const SKIP_AWAIT = { "pulumi.com/skipAwait": "true" };

/**
 * The object, waited for no longer than it takes. A Service inside the cluster has endpoints once the
 * pods behind it are ready; the update waits for these anyway, and for istiod's answers
 * (`answersGate`). A load balancer's address is what others go on with, so that is still waited for.
 */
export function withoutServiceAwait(object: K8sObject): K8sObject {
  const isService = object.kind === "Service" && object.apiVersion === "v1";
  const isInside = getPath(object, "spec.type") !== "LoadBalancer";
  return isService && isInside ? annotated(object, SKIP_AWAIT) : object;
}
