import type { JsonObject } from "../common/json";
import { type LiveTemplates, liveTemplates } from "../guard/liveTemplates";
import { type InjectionWebhook, injectionWebhooks, revisionsNamed } from "../injection/webhooks";
import { type Labels, labelsOf } from "../k8s/istioLabels";
import { nameOf, namespaceOf, staying, type Workload } from "../k8s/workload";
import { controlPlanes, type LivePlane } from "../snapshot/controlPlanes";
import { type LiveProxy, proxyOf } from "../snapshot/proxies";
import { isUnread, itemsOf, readWorkloadsIn } from "../snapshot/snapshot";
import { type UserLists, usersIn } from "../snapshot/users";
import { LISTS, type StatusList, type StatusSource } from "./types";

/** What was read, with what several parts of a status look up in it. */
export interface View {
  readonly source: StatusSource;
  /** Objects by list. A list that could not be read is empty; see {@link isRead}. */
  readonly lists: Readonly<Record<StatusList, readonly JsonObject[]>>;
  readonly webhooks: readonly InjectionWebhook[];
  readonly namespaceLabels: ReadonlyMap<string, Labels>;
  /** Pods that are not being deleted, by namespace. */
  readonly podsByNamespace: ReadonlyMap<string, readonly JsonObject[]>;
  /** Proxies of pods that are not being deleted. */
  readonly proxies: readonly LiveProxy[];
  readonly workloads: readonly Workload[];
  /** What revisions inject now, as far as it could be read. */
  readonly templates: LiveTemplates;
  /** What may use a revision. The guard of a removal reads the same. */
  readonly users: UserLists;
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

/** Prepares what was read, once for all parts of a status. */
export function viewOf(source: StatusSource): View {
  const read = LISTS.map((id) => [id, itemsOf(source.lists[id])]);
  const lists = Object.fromEntries(read) as View["lists"];
  const pods = staying(lists.pods);
  const workloads = readWorkloadsIn(source.lists);
  return {
    source,
    lists,
    webhooks: injectionWebhooks(lists.mutatingWebhooks),
    namespaceLabels: new Map(lists.namespaces.map((object) => [nameOf(object), labelsOf(object)])),
    podsByNamespace: grouped(pods),
    proxies: pods.map(proxyOf).filter((proxy) => proxy !== undefined),
    workloads,
    templates: liveTemplates(lists.injectorConfigs),
    users: usersIn(source.lists),
  };
}

export function isRead({ source }: View, list: StatusList): boolean {
  return !isUnread(source.lists[list]);
}

/** Returns the pods of a namespace that are not being deleted. */
export function podsIn({ podsByNamespace }: View, namespace: string): readonly JsonObject[] {
  return podsByNamespace.get(namespace) ?? [];
}

/** @example titleOf({ kind: "Deployment", object }) // "Deployment edge/web-1-31-0" */
export function titleOf({ kind, object }: Workload): string {
  return `${kind} ${namespaceOf(object)}/${nameOf(object)}`;
}

/** Returns the revision that a tag points to, or the name itself. */
export function resolveRevision(name: string, { webhooks }: View): string {
  return revisionsNamed(name, webhooks)[0] ?? name;
}

/** Returns the control planes in the cluster, in the order of their names. */
export function planes({ lists }: View): LivePlane[] {
  return controlPlanes(lists.deployments).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Compares texts, and numbers in them by value, in the same way in every locale. */
export function byText(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
