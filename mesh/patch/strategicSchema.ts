/**
 * How the strategic merge treats the fields of the patched kinds. The rules are the
 * `patchStrategy` and `patchMergeKey` struct tags of the Kubernetes API types. A field that is not
 * listed has no tag: an object is merged key by key, and a list is replaced as a whole.
 */
export interface FieldRule {
  /** The type of the field, or of the list's elements, if that type has tagged fields. */
  readonly type?: string;
  /** `merge` merges a list, `replace` takes the patch's object as it is. */
  readonly strategy?: "merge" | "replace";
  /** The key that identifies an element of a merged list of objects. */
  readonly mergeKey?: string;
  /**
   * The tag `retainKeys`. It concerns programs that compute a patch from two objects. Applying a
   * patch only follows an explicit `$retainKeys` in it. It is listed so that the table equals the
   * tags.
   */
  readonly retainKeys?: true;
}

type TypeRules = Readonly<Record<string, FieldRule>>;

function listBy(mergeKey: string, type?: string): FieldRule {
  return { strategy: "merge", mergeKey, type };
}

function retainedListBy(mergeKey: string, type?: string): FieldRule {
  return { ...listBy(mergeKey, type), retainKeys: true };
}

/** Source: k8s.io/api core/v1 Container and EphemeralContainerCommon. */
const CONTAINER: TypeRules = {
  env: listBy("name"),
  ports: listBy("containerPort"),
  volumeDevices: listBy("devicePath"),
  volumeMounts: listBy("mountPath"),
};

const WORKLOAD_STATUS: TypeRules = { conditions: listBy("type") };

function kindOf(specType: string, statusType: string): TypeRules {
  return {
    metadata: { type: "ObjectMeta" },
    spec: { type: specType },
    status: { type: statusType },
  };
}

/** The rules by type. A merge starts at the type named like the kind. */
export const TYPE_RULES: Readonly<Record<string, TypeRules>> = {
  // k8s.io/api apps/v1
  Deployment: kindOf("DeploymentSpec", "ConditionedStatus"),
  DeploymentSpec: { strategy: { retainKeys: true }, template: { type: "PodTemplateSpec" } },
  DaemonSet: kindOf("DaemonSetSpec", "ConditionedStatus"),
  DaemonSetSpec: { template: { type: "PodTemplateSpec" } },
  // k8s.io/api core/v1
  Service: kindOf("ServiceSpec", "ConditionedStatus"),
  ServiceSpec: { ports: listBy("port") },
  PodTemplateSpec: { metadata: { type: "ObjectMeta" }, spec: { type: "PodSpec" } },
  PodSpec: {
    containers: listBy("name", "Container"),
    ephemeralContainers: listBy("name", "Container"),
    hostAliases: listBy("ip"),
    imagePullSecrets: listBy("name"),
    initContainers: listBy("name", "Container"),
    resourceClaims: retainedListBy("name"),
    schedulingGates: listBy("name"),
    topologySpreadConstraints: listBy("topologyKey"),
    volumes: retainedListBy("name", "Volume"),
  },
  Container: CONTAINER,
  Volume: { ephemeral: { type: "EphemeralVolumeSource" } },
  EphemeralVolumeSource: { volumeClaimTemplate: { type: "VolumeClaimTemplate" } },
  VolumeClaimTemplate: { metadata: { type: "ObjectMeta" } },
  // k8s.io/api autoscaling/v2
  HorizontalPodAutoscaler: kindOf("HorizontalPodAutoscalerSpec", "ConditionedStatus"),
  HorizontalPodAutoscalerSpec: {},
  // k8s.io/api policy/v1
  PodDisruptionBudget: kindOf("PodDisruptionBudgetSpec", "ConditionedStatus"),
  PodDisruptionBudgetSpec: { selector: { strategy: "replace" } },
  // k8s.io/apimachinery meta/v1
  ObjectMeta: { finalizers: { strategy: "merge" }, ownerReferences: listBy("uid") },
  // `status` of every kind above
  ConditionedStatus: WORKLOAD_STATUS,
};

/** The kinds for which a strategic merge is defined here. */
export const PATCHED_KINDS = [
  "Deployment",
  "DaemonSet",
  "Service",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
] as const;

/**
 * Returns the rule of one field, which is empty if the field has no tag.
 *
 * @example
 * fieldRule("PodSpec", "volumes") // { strategy: "merge", mergeKey: "name", type: "Volume", ... }
 */
export function fieldRule(type: string | undefined, field: string): FieldRule {
  const rules = type === undefined ? undefined : TYPE_RULES[type];
  return rules !== undefined && Object.hasOwn(rules, field) ? (rules[field] ?? {}) : {};
}
