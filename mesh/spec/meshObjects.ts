import type { K8sObject } from "../k8s/objects";
import type { ResolvedMesh } from "./resolve";

/** Namespaces that Kubernetes itself creates. */
const BUILT_IN_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

type Placed = Pick<ResolvedMesh, "namespace" | "components">;

function namespaceObject(name: string): K8sObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** Returns the namespaces of the components, without those that Kubernetes itself creates. */
export function namespaceObjects(
  meshes: readonly Placed[],
  more: readonly string[] = [],
): K8sObject[] {
  const placed = meshes.flatMap((mesh) => [
    mesh.namespace,
    ...mesh.components.map(({ namespace }) => namespace),
  ]);
  const names = [...placed, ...more];
  return [...new Set(names)]
    .filter((name) => !BUILT_IN_NAMESPACES.includes(name))
    .sort()
    .map(namespaceObject);
}

/**
 * Returns the mesh-wide PeerAuthentication, or nothing if no layer sets a mode.
 *
 * @see https://istio.io/latest/docs/reference/config/security/peer_authentication/
 */
export function peerAuthenticationObjects(
  mesh: Pick<ResolvedMesh, "namespace" | "extensions">,
): K8sObject[] {
  const { mtlsMode } = mesh.extensions;
  return mtlsMode === undefined
    ? []
    : [peerAuthentication("default", mesh.namespace, { mtls: { mode: mtlsMode } })];
}

/** Returns a PeerAuthentication as it is applied. */
export function peerAuthentication(
  name: string,
  namespace: string,
  spec: K8sObject["metadata"],
): K8sObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name, namespace },
    spec,
  };
}
