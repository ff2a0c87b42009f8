import { SKIP_AWAIT_ANNOTATION } from "../../mesh/failure/noAddress";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { annotated } from "./kubernetesObject";

/**
 * Without this annotation, an update waits for the load balancer's address, 10 s for the endpoints
 * to settle, and for pods, which in turn may wait for a gate.
 */
export const SKIP_AWAIT = { [SKIP_AWAIT_ANNOTATION]: "true" };

/**
 * Returns the object with an annotation that skips Pulumi's wait, if it is a Service inside the
 * cluster. Such a Service has endpoints once its pods are ready, and the update waits for those
 * and for istiod's answers anyway (`answersGate`). For a load balancer the update still waits,
 * because other resources need its address.
 */
export function withoutServiceAwait(object: K8sObject): K8sObject {
  const isService = object.kind === "Service" && object.apiVersion === "v1";
  const isInside = getPath(object, "spec.type") !== "LoadBalancer";
  return isService && isInside ? annotated(object, SKIP_AWAIT) : object;
}
