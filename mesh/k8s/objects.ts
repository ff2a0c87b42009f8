import { isObject, type JsonObject } from "../common/json";

/** The kinds in the order in which they are applied. All other kinds come after these. */
const KIND_ORDER = [
  "Namespace",
  "CustomResourceDefinition",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "ResourceQuota",
  "NetworkPolicy",
  "ConfigMap",
  "Secret",
  "Service",
  "PodDisruptionBudget",
  "Deployment",
  "DaemonSet",
  "HorizontalPodAutoscaler",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
];

/** Identifies an object within a cluster. */
export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/**
 * Returns the identity of an object.
 *
 * @example identityOf(istiod) // { apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-system", name: "istiod" }
 */
export function identityOf(object: K8sObject): ObjectIdentity {
  const { name, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: typeof namespace === "string" ? namespace : "",
    name: String(name ?? ""),
  };
}

/** Returns the data of a ConfigMap, and nothing for other kinds. */
export function configMapData(object: K8sObject): JsonObject {
  return object.kind === "ConfigMap" && isObject(object.data) ? object.data : {};
}

/**
 * Returns the group of an API version, which is empty for Kubernetes' core.
 *
 * @example groupOf("apps/v1") // "apps"
 */
export function groupOf(apiVersion: string): string {
  const [group = "", version] = apiVersion.split("/");
  return version === undefined ? "" : group;
}

/**
 * Returns the name of an object for messages.
 *
 * @example objectTitle(istiod) // "Deployment istio-system/istiod"
 */
export function objectTitle(object: K8sObject): string {
  const { kind, namespace, name } = identityOf(object);
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function rank(kind: string): number {
  const index = KIND_ORDER.indexOf(kind);
  return index === -1 ? KIND_ORDER.length : index;
}

const plain = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Sorts objects by kind (in the order in which they are applied), then namespace, then name. The
 * list is not changed.
 */
export function sortObjects(objects: readonly K8sObject[]): K8sObject[] {
  return [...objects].sort((left, right) => {
    const [a, b] = [identityOf(left), identityOf(right)];
    return (
      rank(a.kind) - rank(b.kind) ||
      plain(a.kind, b.kind) ||
      plain(a.namespace, b.namespace) ||
      plain(a.name, b.name) ||
      plain(a.apiVersion, b.apiVersion)
    );
  });
}

/** Returns whether an object is a CRD. */
export function isCrd(object: K8sObject): boolean {
  return object.kind === "CustomResourceDefinition";
}

/** Returns whether an object makes the API server call a webhook. */
export function isWebhook({ kind }: Pick<K8sObject, "kind">): boolean {
  return kind === "MutatingWebhookConfiguration" || kind === "ValidatingWebhookConfiguration";
}

/** Returns the pod template of a workload, or `undefined` for other objects. */
export function podTemplate(object: K8sObject): JsonObject | undefined {
  const spec = isObject(object.spec) ? object.spec : {};
  return isObject(spec.template) ? spec.template : undefined;
}

/**
 * The stage of each kind; kinds that are not listed are in stage 0. Pulumi may wait for a Service
 * until it has pods, so no workload may wait for a Service.
 */
const STAGES: Readonly<Record<string, number>> = {
  Deployment: 1,
  DaemonSet: 1,
  Service: 1,
  HorizontalPodAutoscaler: 1,
  PodDisruptionBudget: 1,
  MutatingWebhookConfiguration: 2,
  ValidatingWebhookConfiguration: 2,
};

/**
 * Returns when an object of a component is created: permissions and configuration first, then
 * workloads, then webhooks.
 */
export function stageOf({ kind }: Pick<K8sObject, "kind">): number {
  return STAGES[kind] ?? 0;
}

/** Sorts the objects by stage and keeps their order within each stage. */
export function sortByStage(objects: readonly K8sObject[]): K8sObject[] {
  return [...objects].sort((one, other) => stageOf(one) - stageOf(other));
}

/** A rendered Kubernetes object. */
export type K8sObject = JsonObject & {
  apiVersion: string;
  kind: string;
  metadata: JsonObject;
};

/**
 * Returns `Kind/name` of an object.
 *
 * @example
 * objectLabel(istiod) // "Deployment/istiod"
 */
export function objectLabel(object: JsonObject): string {
  return `${String(object.kind)}/${String(objectName(object))}`;
}

/**
 * Returns `metadata.name` of an object, or an empty text.
 *
 * @example
 * objectName(istiod) // "istiod"
 */
export function objectName(object: JsonObject): string {
  const metadata = object.metadata;
  const name =
    metadata && !Array.isArray(metadata) && typeof metadata === "object" && metadata.name;
  return typeof name === "string" ? name : "";
}
