import type { K8sObject } from "../k8s/objects";
import { managedRevision } from "../model/channels";
import type { ManagedInputs } from "../model/managedInputs";
import { dataPlane } from "./dataPlane";

/** Google looks for the resource here, whatever the mesh's own namespace is. */
export const MANAGED_NAMESPACE = "istio-system";

/** The API of Google's resource, which comes with the fleet's mesh feature. */
const API = "mesh.cloud.google.com/v1beta1";

export const MANAGED_CRD = "controlplanerevisions.mesh.cloud.google.com";

/** Returns the path of the resource at the API server. */
export function managedPath(revision: string): string {
  return `/apis/${API}/namespaces/${MANAGED_NAMESPACE}/controlplanerevisions/${revision}`;
}

/**
 * Returns the resource that requests a control plane from Google. It always states whether the
 * data plane is managed, because Google decides if the annotation is missing.
 *
 * @see https://cloud.google.com/service-mesh/docs/managed/provision-managed-anthos-service-mesh-asmcli
 */
export function controlPlaneRevision(inputs: ManagedInputs): K8sObject {
  const { channel = "regular", cni = true } = inputs;
  return {
    apiVersion: API,
    kind: "ControlPlaneRevision",
    metadata: {
      name: managedRevision(inputs),
      namespace: MANAGED_NAMESPACE,
      labels: { "mesh.cloud.google.com/managed-cni-enabled": String(cni) },
      annotations: dataPlane(inputs.dataPlane ?? false),
    },
    spec: { type: "managed_service", channel },
  };
}
