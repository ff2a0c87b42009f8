import type { K8sObject } from "../k8s/objects";
import { hasControlPlane, type ResolvedMesh } from "./resolve";

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

const MONITORING = "monitoring.googleapis.com/v1";

/**
 * Returns what has Google's managed Prometheus scrape istiod and the proxies, or nothing if no layer
 * asks for it. A proxy is any pod with the port that Istio's injector gives to one, in every
 * namespace.
 *
 * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/exporters/istio
 */
export function monitoringObjects(
  mesh: Pick<ResolvedMesh, "namespace" | "extensions" | "components">,
): K8sObject[] {
  const { scrapeInterval: interval } = mesh.extensions;
  if (interval === undefined) {
    return [];
  }
  const istiod: K8sObject = {
    apiVersion: MONITORING,
    kind: "PodMonitoring",
    metadata: { name: "istiod", namespace: mesh.namespace },
    spec: {
      selector: { matchLabels: { app: "istiod" } },
      endpoints: [{ port: 15014, path: "/metrics", interval }],
      targetLabels: { fromPod: [{ from: "app", to: "app" }] },
    },
  };
  const proxies: K8sObject = {
    apiVersion: MONITORING,
    kind: "ClusterPodMonitoring",
    metadata: { name: "istio-proxy" },
    spec: {
      selector: {},
      endpoints: [{ port: "http-envoy-prom", path: "/stats/prometheus", interval }],
    },
  };
  return [...(hasControlPlane(mesh) ? [istiod] : []), proxies];
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
