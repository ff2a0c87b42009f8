/** One resource of the Kubernetes API whose objects commands and guards list. */
interface Resource {
  readonly apiVersion: string;
  /** The plural name, as `kubectl api-resources` prints it. */
  readonly resource: string;
  readonly kind: string;
  /**
   * `none` if a refused list counts as an empty one. @default "unread"
   */
  readonly refused?: "none";
  /** Drops the record of who set which field, which is a third of an object. @default false */
  readonly dropsManagers?: boolean;
}

const ADMISSION = "admissionregistration.k8s.io/v1";
const ISTIO_NETWORKING = "networking.istio.io/v1";

/**
 * Everything that is listed in a cluster. A command names the entries that it needs, and one reader
 * (`adapters/cluster/snapshot.ts`) lists them.
 *
 * A new list is a row here.
 */
export const RESOURCES = {
  crds: {
    apiVersion: "apiextensions.k8s.io/v1",
    resource: "customresourcedefinitions",
    kind: "CustomResourceDefinition",
  },
  mutatingWebhooks: {
    apiVersion: ADMISSION,
    resource: "mutatingwebhookconfigurations",
    kind: "MutatingWebhookConfiguration",
  },
  validatingWebhooks: {
    apiVersion: ADMISSION,
    resource: "validatingwebhookconfigurations",
    kind: "ValidatingWebhookConfiguration",
  },
  namespaces: { apiVersion: "v1", resource: "namespaces", kind: "Namespace" },
  nodes: { apiVersion: "v1", resource: "nodes", kind: "Node", dropsManagers: true },
  deployments: { apiVersion: "apps/v1", resource: "deployments", kind: "Deployment" },
  statefulSets: { apiVersion: "apps/v1", resource: "statefulsets", kind: "StatefulSet" },
  daemonSets: { apiVersion: "apps/v1", resource: "daemonsets", kind: "DaemonSet" },
  pods: { apiVersion: "v1", resource: "pods", kind: "Pod", dropsManagers: true },
  services: { apiVersion: "v1", resource: "services", kind: "Service" },
  endpointSlices: {
    apiVersion: "discovery.k8s.io/v1",
    resource: "endpointslices",
    kind: "EndpointSlice",
    dropsManagers: true,
  },
  configMaps: { apiVersion: "v1", resource: "configmaps", kind: "ConfigMap" },
  clusterRoles: {
    apiVersion: "rbac.authorization.k8s.io/v1",
    resource: "clusterroles",
    kind: "ClusterRole",
  },
  autoscalers: {
    apiVersion: "autoscaling/v2",
    resource: "horizontalpodautoscalers",
    kind: "HorizontalPodAutoscaler",
  },
  budgets: {
    apiVersion: "policy/v1",
    resource: "poddisruptionbudgets",
    kind: "PodDisruptionBudget",
  },
  quotas: { apiVersion: "v1", resource: "resourcequotas", kind: "ResourceQuota" },
  limitRanges: { apiVersion: "v1", resource: "limitranges", kind: "LimitRange" },
  // Only Google's clusters have these. A user who may not list them cannot know whether they exist.
  controlPlaneRevisions: {
    apiVersion: "mesh.cloud.google.com/v1beta1",
    resource: "controlplanerevisions",
    kind: "ControlPlaneRevision",
    refused: "none",
  },
  gatewayResources: { apiVersion: ISTIO_NETWORKING, resource: "gateways", kind: "Gateway" },
  destinationRules: {
    apiVersion: ISTIO_NETWORKING,
    resource: "destinationrules",
    kind: "DestinationRule",
  },
  peerAuthentications: {
    apiVersion: "security.istio.io/v1",
    resource: "peerauthentications",
    kind: "PeerAuthentication",
  },
  envoyFilters: {
    apiVersion: "networking.istio.io/v1alpha3",
    resource: "envoyfilters",
    kind: "EnvoyFilter",
  },
} as const satisfies Readonly<Record<string, Resource>>;

/** The name by which code knows a list of a cluster. */
export type ResourceId = keyof typeof RESOURCES;

/** Returns what is known of a list. */
export function resourceOf(id: ResourceId): Resource {
  return RESOURCES[id];
}

/**
 * Returns the path of a list in the Kubernetes API.
 *
 * @param namespace @default the whole cluster
 * @example listPath("deployments", "shop") // "/apis/apps/v1/namespaces/shop/deployments"
 */
export function listPath(id: ResourceId, namespace?: string): string {
  const { apiVersion, resource } = RESOURCES[id];
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${namespace}/${resource}`;
}
