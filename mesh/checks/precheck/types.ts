import type { JsonObject } from "../../common/json";
import type { RevisionUser } from "../../guard/users";
import type { StackName } from "../../k8s/managers";
import type { K8sObject } from "../../k8s/objects";
import type { AdoptMode, SharedMode } from "../../model/adoptMode";
import type { MeshPlan } from "../../plan/meshPlan";

/** What is going to be installed. */
export interface Wish {
  readonly plan: MeshPlan;
  /** Everything that an update would apply, as `generateManifests` makes it. */
  readonly objects: readonly K8sObject[];
  /** What the stack may do with objects of somebody else's. */
  readonly adopt: AdoptMode;
  /** What the stack does with parts that a cluster has once. @default see the input `shared` */
  readonly shared?: SharedMode | undefined;
  /** The cluster's platform, as the inputs have it. @default none */
  readonly platform?: "gke";
  /** Whose the mesh is. @default not known: any stack's objects may be its own */
  readonly stack?: StackName;
}

/** What is known of the wished mesh before an update. */
export interface GateWish extends Pick<Wish, "objects" | "stack" | "adopt"> {
  readonly plan: Pick<MeshPlan, "facts" | "controlPlanes" | "namespaces">;
}

/** A running proxy. */
export interface LiveProxy {
  readonly namespace: string;
  /** Name of its pod. */
  readonly pod: string;
  /** Revision that injected it; may be a tag. */
  readonly revision: string;
  /** Of its image; absent for an image without a version. */
  readonly version?: string;
}

/** A Service that exists. */
export interface CalledService {
  /** `NAMESPACE/NAME` */
  readonly name: string;
  /** Whether an endpoint is ready, or it is somebody's outside of the cluster. */
  readonly answers: boolean;
}

/** An object that is going to be applied and exists. */
export interface Existing {
  readonly wished: K8sObject;
  readonly live: K8sObject;
}

/** A Secret that pods name for pulling their images. */
export interface LivePullSecret {
  readonly namespace: string;
  readonly name: string;
  /** Absent where there is none. */
  readonly secret?: JsonObject;
}

/** A version of an API that the wished Istio does not serve or read. */
export interface GoingApi {
  /** Such as `networking.istio.io/v1alpha3`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** In the plural. */
  readonly resource: string;
  /** What to use instead. */
  readonly instead: string;
  /** The kind stays, in other versions: only objects written by this one count. */
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
 * What the checks look at in a cluster, at one moment. Lists are empty where there is nothing, and
 * where it may not be read (which is a finding of its own).
 */
export interface LiveState {
  /** As `/version` has it, such as `v1.31.1-gke.1146000`. */
  readonly kubernetes: string;
  readonly nodes: readonly JsonObject[];
  readonly namespaces: readonly JsonObject[];
  /** Deployments, StatefulSets and DaemonSets, with their kind. */
  readonly workloads: readonly K8sObject[];
  readonly proxies: readonly LiveProxy[];
  readonly mutatingWebhooks: readonly K8sObject[];
  readonly validatingWebhooks: readonly K8sObject[];
  /** Services that webhooks of Istio's call and that exist. */
  readonly webhookServices: readonly CalledService[];
  /** Those that are wished, and those of the Gateway API. */
  readonly crds: readonly K8sObject[];
  readonly existing: readonly Existing[];
  /** Kinds that are wished in a version which the API server does not serve. */
  readonly unserved: readonly UnservedKind[];
  /** Of the namespaces that something goes into. */
  readonly budgets: readonly K8sObject[];
  readonly autoscalers: readonly K8sObject[];
  readonly quotas: readonly K8sObject[];
  readonly limitRanges: readonly K8sObject[];
  /** Those that pods of the mesh name for pulling their images; without those that may not be read. */
  readonly pullSecrets: readonly LivePullSecret[];
  /** ConfigMaps in which Istio's charts leave the values that they were rendered with. */
  readonly values: readonly K8sObject[];
  /** Objects by APIs that go, or have gone. */
  readonly apiUses: readonly ApiUse[];
  readonly envoyFilters: readonly K8sObject[];
  readonly leftovers: LeftoverState;
}

/** A revision of which something is left and no control plane. */
export interface GoneRevision {
  /** As labels have it; `default` for Istio's default revision. */
  readonly revision: string;
  readonly namespace: string;
}

/** What the cluster has of revisions that are gone. */
export interface LeftoverState {
  readonly gone: readonly (GoneRevision & {
    /** Those of {@link objectsOfRevision} that exist, and tags that point to it. */
    readonly objects: readonly K8sObject[];
    /** Namespaces, workloads and proxies that still name it; no tags. */
    readonly users: readonly RevisionUser[];
  })[];
  /** EnvoyFilters with an installer's label. */
  readonly filters: readonly K8sObject[];
}

/** All that `mesh precheck` looks at. */
export interface PrecheckState extends LiveState {
  readonly wish: Wish;
}

/** What the check before each update looks at: of most parts only what the update is about. */
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
  readonly wish: GateWish;
}
