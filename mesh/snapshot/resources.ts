import { apiRoot } from "../k8s/discovery";
import { CONTROLLER_LABEL, REVISION_LABEL } from "../k8s/istioLabels";

/** One resource of the Kubernetes API whose objects commands and guards list. */
interface Resource extends Exceptions {
  readonly apiVersion: string;
  /** The plural name, as `kubectl api-resources` prints it. */
  readonly resource: string;
  readonly kind: string;
}

/** How a list differs from others. */
interface Exceptions {
  /** `none` if a refused list counts as empty. @default it is unread */
  readonly refused?: "none";
  /** Drops the record of who set which field, which is a third of an object. @default false */
  readonly dropsManagers?: boolean;
  /** Lists only objects with this label. @default all */
  readonly label?: string;
}

function row(apiVersion: string, resource: string, kind: string, more?: Exceptions): Resource {
  return { apiVersion, resource, kind, ...more };
}

const APPS = "apps/v1";
const ADMISSION = "admissionregistration.k8s.io/v1";
const NETWORKING = "networking.istio.io/v1";

/**
 * Everything that is listed in a cluster. A command names the rows that it needs, and one reader
 * (`adapters/cluster/snapshot.ts`) lists them. A new list is a row here.
 */
export const RESOURCES = {
  crds: row("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition"),
  mutatingWebhooks: row(ADMISSION, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
  validatingWebhooks: row(
    ADMISSION,
    "validatingwebhookconfigurations",
    "ValidatingWebhookConfiguration",
  ),
  namespaces: row("v1", "namespaces", "Namespace"),
  nodes: row("v1", "nodes", "Node", { dropsManagers: true }),
  deployments: row(APPS, "deployments", "Deployment"),
  statefulSets: row(APPS, "statefulsets", "StatefulSet"),
  daemonSets: row(APPS, "daemonsets", "DaemonSet"),
  pods: row("v1", "pods", "Pod", { dropsManagers: true }),
  services: row("v1", "services", "Service"),
  endpointSlices: row("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", {
    dropsManagers: true,
  }),
  configMaps: row("v1", "configmaps", "ConfigMap"),
  // What the injectors of revisions inject by.
  injectorConfigs: row("v1", "configmaps", "ConfigMap", { label: REVISION_LABEL }),
  clusterRoles: row("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole"),
  autoscalers: row("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
  scaledObjects: row("keda.sh/v1alpha1", "scaledobjects", "ScaledObject"),
  budgets: row("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"),
  quotas: row("v1", "resourcequotas", "ResourceQuota"),
  limitRanges: row("v1", "limitranges", "LimitRange"),
  // Only Google's clusters have these. A user who may not list them cannot know whether they exist.
  controlPlaneRevisions: row(
    "mesh.cloud.google.com/v1beta1",
    "controlplanerevisions",
    "ControlPlaneRevision",
    { refused: "none" },
  ),
  gatewayApiGateways: row("gateway.networking.k8s.io/v1", "gateways", "Gateway"),
  // Those that istiod runs for Gateways of the Gateway API.
  gatewayApiDeployments: row(APPS, "deployments", "Deployment", { label: CONTROLLER_LABEL }),
  gatewayResources: row(NETWORKING, "gateways", "Gateway"),
  destinationRules: row(NETWORKING, "destinationrules", "DestinationRule"),
  peerAuthentications: row("security.istio.io/v1", "peerauthentications", "PeerAuthentication"),
  workloadEntries: row(NETWORKING, "workloadentries", "WorkloadEntry"),
  telemetries: row("telemetry.istio.io/v1", "telemetries", "Telemetry"),
  authorizationPolicies: row(
    "security.istio.io/v1",
    "authorizationpolicies",
    "AuthorizationPolicy",
  ),
  envoyFilters: row("networking.istio.io/v1alpha3", "envoyfilters", "EnvoyFilter"),
} as const;

/** The name by which code knows a list of a cluster. */
export type ResourceId = keyof typeof RESOURCES;

/**
 * Returns the path of a list in the Kubernetes API.
 *
 * @param namespace @default the whole cluster
 * @example listPath("deployments", "shop") // "/apis/apps/v1/namespaces/shop/deployments"
 */
export function listPath(id: ResourceId, namespace?: string): string {
  const { apiVersion, resource } = RESOURCES[id];
  const root = apiRoot(apiVersion);
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${namespace}/${resource}`;
}
