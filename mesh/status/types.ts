import type { Finding } from "../checks/finding";
import type { RolloutState } from "../failure/newPods";
import type { LiveGatewayKind } from "../snapshot/gateways";
import { RESOURCES, type ResourceId } from "../snapshot/resources";
import { isUnread, type Snapshot, type Unread } from "../snapshot/snapshot";
import type { SyncAnswer } from "../snapshot/sync";

/** The lists that a status needs. */
export const LISTS = [
  "mutatingWebhooks",
  "validatingWebhooks",
  "namespaces",
  "deployments",
  "statefulSets",
  "daemonSets",
  "pods",
  "services",
  "autoscalers",
  "controlPlaneRevisions",
  "injectorConfigs",
] as const satisfies readonly ResourceId[];

export type StatusList = (typeof LISTS)[number];

/** A list that could not be read. The status leaves out what follows from it. */
export interface UnreadList {
  /** The plural name of the resource. `syncz` is istiod's own list of the proxies that it serves. */
  readonly list: string;
  readonly reason: string;
  readonly fix: string;
}

/** The part of a cluster that a status is made of. */
export interface StatusSource {
  /** When it was read, in milliseconds since 1970. */
  readonly now: number;
  readonly lists: Snapshot<StatusList>;
  /** The mesh's own workloads that are not finished, with their pods, ReplicaSets and events. */
  readonly rollouts: readonly RolloutState[];
  /** What istiod reports about the proxies that it serves. Absent if it was not asked. */
  readonly sync?: readonly SyncAnswer[];
}

function unreadList(list: string, { unread: reason, fix = "" }: Unread): UnreadList {
  return { list, reason, fix };
}

/** Returns the lists that could not be read, with what to do about it. */
export function unreadLists({ lists, sync = [] }: StatusSource): UnreadList[] {
  return [
    ...LISTS.flatMap((id) => {
      const list = lists[id];
      return isUnread(list) ? [unreadList(RESOURCES[id].resource, list)] : [];
    }),
    ...sync.flatMap(({ pod, proxies }) =>
      isUnread(proxies)
        ? [unreadList("syncz", { ...proxies, unread: `${pod}: ${proxies.unread}` })]
        : [],
    ),
  ];
}

/** What a stack's backend says about an update, if reading it needs no call. */
export interface StackState {
  readonly stack: string;
  /** An update runs, or was killed. */
  readonly lock?: { readonly by: string; readonly since?: string };
  /** What an interrupted update had begun: `creating NAME`. */
  readonly pendingOperations: readonly string[];
}

/** What a status leaves out. */
export interface StatusFilter {
  /** Only this revision, and what uses it. A tag stands for its revision. */
  readonly revision?: string;
  /** Only what is in this namespace; control planes stay. */
  readonly namespace?: string;
}

/** Something that is in progress, unfinished or wrong. */
export interface Pending extends Finding {
  /** The revisions that it is about. Absent if it is about all of them. */
  readonly revisions?: readonly string[];
  /** Its namespace. Absent if it has none. */
  readonly namespace?: string;
}

/** Pods of a workload. */
export interface PodCount {
  readonly ready: number;
  readonly wanted: number;
}

/** What uses a revision. */
export interface RevisionUsers {
  readonly tags: readonly string[];
  readonly namespaces: number;
  /** Workloads that name the revision themselves, without the gateways. */
  readonly workloads: number;
  /** Workloads of gateways. */
  readonly gateways: number;
  /** Pods with a proxy of it. Absent if pods cannot be read. */
  readonly pods?: number;
}

/** One control plane. */
export interface RevisionStatus {
  readonly name: string;
  /**
   * - `istiod`: runs in the cluster
   * - `managed`: Google runs it
   * - `remote`: istiod is outside of the cluster, and its webhooks call it there
   * - `gone`: it has no istiod; only webhooks, proxies or tags are left of it
   * - `unknown`: the lists that say it cannot be read
   */
  readonly kind: "istiod" | "managed" | "remote" | "gone" | "unknown";
  /** The Istio version. Absent if unknown. */
  readonly version?: string;
  readonly istiod?: PodCount & {
    readonly namespace: string;
    readonly deployment: string;
    readonly image: string;
  };
  /** The release channel of a managed control plane. */
  readonly channel?: string;
  /** Its injection webhooks, without those of tags. */
  readonly webhooks: { readonly total: number; readonly withCaBundle: number };
  readonly users: RevisionUsers;
}

export interface TagStatus {
  readonly name: string;
  readonly revision: string;
}

/** The webhook that checks configuration without a revision. */
export interface ValidatorStatus {
  /** @example "Service istio-system/istiod-revision-tag-default" */
  readonly target: string;
  /** Absent if the target does not exist or is outside of the cluster. */
  readonly revision?: string;
  readonly hasCaBundle: boolean;
}

/** CNI or ztunnel on all nodes. */
export interface AgentStatus extends PodCount {
  readonly kind: "cni" | "ztunnel";
  readonly namespace: string;
  readonly name: string;
  readonly version?: string;
}

/** The pods of a gateway's workload that one control plane injected. */
export interface GatewayRevisionStatus extends PodCount {
  readonly revision: string;
  /** The revision or tag that the workload names, if it differs from `revision`. */
  readonly label?: string;
  readonly deployment: string;
  /** Whether the Service selects its pods. */
  readonly serves: boolean;
  /** Of the stack. */
  readonly weight?: number;
  /** The share by the stack's weights, or without a stack by the pods that the Deployments ask for. */
  readonly wishedPercent: number;
  /** The share of the ready pods behind the Service that have this revision. */
  readonly sharePercent: number;
}

export interface GatewayStatus {
  readonly namespace: string;
  readonly name: string;
  readonly kind: LiveGatewayKind;
  readonly service?: { readonly type: string; readonly addresses: readonly string[] };
  readonly revisions: readonly GatewayRevisionStatus[];
}

/** Proxies of one revision and version. */
export interface ProxyGroup {
  /** Empty if unknown. */
  readonly revision: string;
  readonly version?: string;
  readonly pods: number;
  /** Whether they are older than the control plane of their revision. */
  readonly outdated: boolean;
  /** How many of them istiod serves. Absent if it was not asked. */
  readonly connected?: number;
  /** How many of those have not acknowledged their configuration. */
  readonly stale?: number;
}

export interface NamespaceStatus {
  readonly name: string;
  /** @example "istio.io/rev=stable" */
  readonly label?: string;
  readonly mode: "sidecar" | "ambient" | "none";
  /** The revision that injects new pods. Absent if none does. */
  readonly revision?: string;
  /** Absent if pods cannot be read. */
  readonly pods?: NamespacePods;
}

export interface NamespacePods {
  readonly injected: number;
  readonly uninjected: number;
  /** Pods that ztunnel serves. */
  readonly ambient: number;
  /** Injected pods by revision. */
  readonly byRevision: Readonly<Record<string, number>>;
  /**
   * Pods that a restart would give another proxy: another revision, a newer version, another type of
   * image, what a changed injection template says, or one at all. Absent when webhooks cannot be read.
   */
  readonly toRestart?: number;
  /** What has changed for those of these pods that keep revision and version, with their number. */
  readonly changed?: Readonly<Record<string, number>>;
  /** Pods with a proxy that no webhook would inject any more. Absent if webhooks cannot be read. */
  readonly unclaimed?: number;
}

/** The state of a mesh, as `mesh status` shows it. Every list has a fixed order. */
export interface MeshStatus {
  /** When the cluster was read, in ISO 8601. */
  readonly time: string;
  readonly revisions: readonly RevisionStatus[];
  readonly tags: readonly TagStatus[];
  readonly defaultValidator?: ValidatorStatus;
  readonly agents: readonly AgentStatus[];
  readonly gateways: readonly GatewayStatus[];
  readonly proxies: readonly ProxyGroup[];
  readonly namespaces: readonly NamespaceStatus[];
  /** The worst first. */
  readonly pending: readonly Pending[];
  readonly unread: readonly UnreadList[];
}
