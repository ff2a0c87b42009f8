import type { JsonObject } from "../common/json";
import { type LiveObjects, livePod } from "../guard/liveUsers";
import type { Workload, WorkloadKind } from "../guard/rollout";
import { type InjectionWebhook, injectionWebhooks, revisionsNamed } from "../injection/webhooks";
import { type Labels, labelsOf } from "../k8s/istioLabels";
import { nameOf, namespaceOf, staying } from "../k8s/workload";
import { isIstiod } from "../snapshot/controlPlanes";
import { type LiveProxy, proxyOf } from "../snapshot/proxies";
import type { ListName, LiveState } from "./types";

/** A cluster's state with what several parts of a status look up in it; made once for each look. */
export interface View {
  readonly live: LiveState;
  readonly webhooks: readonly InjectionWebhook[];
  readonly namespaceLabels: ReadonlyMap<string, Labels>;
  /** Pods that stay, by namespace. */
  readonly podsByNamespace: ReadonlyMap<string, readonly JsonObject[]>;
  /** Proxies in pods that stay. */
  readonly proxies: readonly LiveProxy[];
  readonly workloads: readonly Workload[];
  /** For the checks that a removal makes too. */
  readonly users: LiveObjects;
}

const KINDS: Readonly<Partial<Record<ListName, WorkloadKind>>> = {
  deployments: "Deployment",
  statefulsets: "StatefulSet",
  daemonsets: "DaemonSet",
};

function workloadsOf({ lists }: LiveState): Workload[] {
  return Object.entries(KINDS).flatMap(([list, kind]) =>
    lists[list as ListName].map((object) => ({ kind, object })),
  );
}

function grouped(objects: readonly JsonObject[]): Map<string, JsonObject[]> {
  const groups = new Map<string, JsonObject[]>();
  for (const object of objects) {
    const namespace = namespaceOf(object);
    const group = groups.get(namespace);
    if (group === undefined) {
      groups.set(namespace, [object]);
    } else {
      group.push(object);
    }
  }
  return groups;
}

/** Reads a cluster's state once for all parts of a status. */
export function viewOf(live: LiveState): View {
  const { lists } = live;
  const pods = staying(lists.pods);
  const workloads = workloadsOf(live);
  return {
    live,
    webhooks: injectionWebhooks(lists.mutatingwebhookconfigurations),
    namespaceLabels: new Map(lists.namespaces.map((object) => [nameOf(object), labelsOf(object)])),
    podsByNamespace: grouped(pods),
    proxies: pods.map(proxyOf).filter((proxy) => proxy !== undefined),
    workloads,
    users: {
      webhooks: lists.mutatingwebhookconfigurations,
      namespaces: lists.namespaces,
      workloads: workloads.map(({ object }) => object),
      pods: pods.map(livePod).filter((pod) => pod !== undefined),
    },
  };
}

export function isRead({ live }: View, list: ListName): boolean {
  return !live.unread.some((one) => one.list === list);
}

/** Pods of a namespace that stay. */
export function podsIn({ podsByNamespace }: View, namespace: string): readonly JsonObject[] {
  return podsByNamespace.get(namespace) ?? [];
}

/** @example titleOf({ kind: "Deployment", object }) // "Deployment edge/web-1-29-1" */
export function titleOf({ kind, object }: Workload): string {
  return `${kind} ${namespaceOf(object)}/${nameOf(object)}`;
}

/** The revision that a name stands for: where a tag points, or itself. */
export function resolveRevision(name: string, { webhooks }: View): string {
  return revisionsNamed(name, webhooks)[0] ?? name;
}

/** istiod's Deployments, in the order of their names. */
export function istiods({ live }: View): JsonObject[] {
  return live.lists.deployments.filter(isIstiod).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Compares texts as numbers where they have some, the same everywhere. */
export function byText(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
