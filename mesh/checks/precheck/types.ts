import type { JsonObject } from "../../common/json";
import type { StackName } from "../../k8s/managers";
import type { K8sObject } from "../../k8s/objects";
import type { AdoptMode, SharedMode } from "../../model/adoptMode";
import type { MeshPlan } from "../../plan/meshPlan";
import type { RevisionUser } from "../../snapshot/users";

/** The mesh that the stack asks for. */
export interface DesiredMesh {
  readonly plan: MeshPlan;
  /** Everything that an update would apply, as `generateManifests` renders it. */
  readonly objects: readonly K8sObject[];
  /** What the stack may do with objects of other owners. */
  readonly adopt: AdoptMode;
  /** What the stack does with parts that a cluster has once. @default see the input `shared` */
  readonly shared?: SharedMode | undefined;
  /** The cluster's platform, as the inputs have it. @default none */
  readonly platform?: "gke";
  /** The stack of the mesh. @default not known: objects of any stack may be its own */
  readonly stack?: StackName;
}

/** The parts of the desired mesh that the check before an update needs. */
export interface GatedMesh extends Pick<DesiredMesh, "objects" | "stack" | "adopt"> {
  readonly plan: Pick<
    MeshPlan,
    "facts" | "controlPlanes" | "primary" | "gateways" | "namespaces" | "managed"
  >;
}

/** A running proxy. */
export interface ProxyFacts {
  readonly namespace: string;
  /** Name of its pod. */
  readonly pod: string;
  /** The revision or tag that injected it. */
  readonly revision: string;
  /** The version of its image. Absent if the image has none. */
  readonly version?: string;
}

/** A Service that a webhook calls and that exists. */
export interface CalledService {
  /** `NAMESPACE/NAME` */
  readonly name: string;
  /** Whether an endpoint is ready, or somebody else manages its endpoints. */
  readonly answers: boolean;
}

/** An object that exists and will be applied. */
export interface Existing {
  readonly planned: K8sObject;
  readonly live: K8sObject;
}

/** A Secret that pods name for pulling their images. */
export interface LivePullSecret {
  readonly namespace: string;
  readonly name: string;
  /** Absent if it does not exist. */
  readonly secret?: JsonObject;
}

/** A version of an API that the planned Istio neither serves nor reads. */
export interface GoingApi {
  /** Such as `networking.istio.io/v1alpha3`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** In the plural. */
  readonly resource: string;
  /** What to use instead. */
  readonly instead: string;
  /** Whether other versions of the kind stay. Then only objects written by this version count. */
  readonly kindStays: boolean;
}

/** Such an API, and the objects of its kind. */
export interface ApiUse {
  readonly api: GoingApi;
  readonly objects: readonly JsonObject[];
}

/** A kind in one version of an API. */
export interface ApiKind {
  /** Such as `autoscaling/v2`. */
  readonly apiVersion: string;
  readonly kind: string;
}

/** One that the API server does not serve. */
export interface UnservedKind extends ApiKind {
  /** Versions of the same group in which it serves the kind. */
  readonly served: readonly string[];
}

/**
 * What the checks need of a cluster. Lists that the user may not read are empty; see `unreadParts`.
 */
export interface LiveState {
  /** When it was read, in milliseconds since 1970. */
  readonly now: number;
  /** As `/version` has it, such as `v1.31.1-gke.1146000`. */
  readonly kubernetes: string;
  readonly nodes: readonly JsonObject[];
  readonly namespaces: readonly JsonObject[];
  /** Deployments, StatefulSets and DaemonSets, with their kind. */
  readonly workloads: readonly K8sObject[];
  readonly proxies: readonly ProxyFacts[];
  readonly mutatingWebhooks: readonly K8sObject[];
  readonly validatingWebhooks: readonly K8sObject[];
  /** Services that webhooks of Istio call and that exist. */
  readonly webhookServices: readonly CalledService[];
  /** Those of the planned CRDs, and of the Gateway API, that exist. */
  readonly crds: readonly K8sObject[];
  readonly existing: readonly Existing[];
  /** Planned kinds in a version that the API server does not serve. */
  readonly unserved: readonly UnservedKind[];
  /** In the namespaces of planned objects. */
  readonly budgets: readonly K8sObject[];
  readonly autoscalers: readonly K8sObject[];
  readonly quotas: readonly K8sObject[];
  readonly limitRanges: readonly K8sObject[];
  /** Those that pods of the mesh name for pulling images, without those that the user may not read. */
  readonly pullSecrets: readonly LivePullSecret[];
  /** ConfigMaps with the values that Istio's charts were rendered with. */
  readonly values: readonly K8sObject[];
  /** ConfigMaps that the control planes read their mesh configuration from. */
  readonly meshConfigs: readonly K8sObject[];
  /** Objects of APIs that the planned Istio no longer has. */
  readonly apiUses: readonly ApiUse[];
  /** Objects of the Gateway API that the planned istiods would not see. */
  readonly gatewayApiUses: readonly ApiUse[];
  /** Only read if the upgrade asks for it. */
  readonly workloadEntries: readonly K8sObject[];
  readonly envoyFilters: readonly K8sObject[];
  readonly leftovers: LeftoverState;
}

/** A revision without a control plane of which objects are left. */
export interface GoneRevision {
  /** As labels have it; `default` for Istio's default revision. */
  readonly revision: string;
  readonly namespace: string;
}

/** What is left of revisions that are gone. */
export interface LeftoverState {
  readonly gone: readonly (GoneRevision & {
    /** Those of {@link objectsOfRevision} that exist, and tags that point to it. */
    readonly objects: readonly K8sObject[];
    /** Namespaces, workloads and proxies that still use it, without tags. */
    readonly users: readonly RevisionUser[];
  })[];
  /** EnvoyFilters with an installer's label. */
  readonly filters: readonly K8sObject[];
  readonly old: OldComponentState;
}

/** What is left of parts that Istio no longer has. */
export interface OldComponentState {
  /** Those of their objects that exist. */
  readonly objects: readonly K8sObject[];
  /** Pods whose proxies still ask a pilot from before istiod, as NAMESPACE/NAME. */
  readonly users: readonly string[];
}

/** Everything that `mesh precheck` needs. */
export interface PrecheckState extends LiveState {
  readonly desired: DesiredMesh;
}

/** What the check before each update needs. Most parts have only what the update is about. */
export interface GateState
  extends Pick<
    LiveState,
    | "kubernetes"
    | "namespaces"
    | "mutatingWebhooks"
    | "validatingWebhooks"
    | "webhookServices"
    | "crds"
    | "existing"
    | "unserved"
  > {
  readonly desired: GatedMesh;
}
