import { type K8sObject, objectTitle } from "../../k8s/objects";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { INJECTED_INIT, isInjected } from "./podResources";
import { containersOf } from "./pods";

/** Where the inputs say what a container of a workload asks for. */
export function resourcesFix(workload: K8sObject, container: string, path: string): string {
  if (container === INJECTED_INIT) {
    return `set values.global.proxy.resources.${path} in an overlay`;
  }
  const inOverlay = "in an overlay (components.NAME.k8s.resources)";
  return containersOf(workload).some(isInjected)
    ? `set resources.${path} of the gateway, in mesh:gateways or ${inOverlay}`
    : `set its resources.${path} ${inOverlay}`;
}

/** For a proxy whose injector is not this mesh's. */
export function unknownProxy(workload: K8sObject, limit: string): Finding {
  return findingsOf("quotas").info(
    objectTitle(workload),
    `its proxy is injected by a control plane or a template whose resources are not known; ${limit} counts what it declares itself only`,
    "set the gateway's resources (mesh:gateways), which win over the injector's",
  );
}
