import type { JsonObject } from "../common/json";
import { refusalFix } from "../k8s/access";
import type { Workload, WorkloadKind } from "../k8s/workload";
import { RESOURCES, type ResourceId } from "./resources";

/** Why something could not be read. */
export interface Unread {
  readonly unread: string;
  readonly fix?: string;
}

/** Something that was read, or why it could not be. */
export type Reading<T> = T | Unread;

export function isUnread<T>(reading: Reading<T>): reading is Unread {
  return typeof reading === "object" && reading !== null && "unread" in reading;
}

/** A type whose parts have all been read. */
export type Read<T> = { readonly [K in keyof T]: Exclude<T[K], Unread> };

/** Lists of a cluster at one moment, as the API server answers. */
export type Snapshot<Id extends ResourceId, T = JsonObject> = {
  readonly [K in Id]: Reading<readonly T[]>;
};

/** Returns what was read, or an empty list. */
export function itemsOf<T>(reading: Reading<readonly T[]>): readonly T[] {
  return isUnread(reading) ? [] : reading;
}

/** Kubernetes' own groups have no dot in their names, or end with `.k8s.io`. */
function isBuiltIn(apiVersion: string): boolean {
  return /^([^./]+|[^/]+\.k8s\.io)(\/|$)/.test(apiVersion);
}

/**
 * Returns what a list is taken for whose call failed. Every command and guard follows this rule:
 *
 * - 404: a resource that a CRD defines is not served, so the cluster has none. Kubernetes' own resources
 *   are always served, so for these the list is unread.
 * - 401 or 403: the list is unread, and the fix names the missing right. A resource that the table
 *   marks with `refused: "none"` counts as empty after a 403.
 * - Anything else: the list is unread.
 *
 * @param status of HTTP; absent if nothing answered
 */
export function failedList(id: ResourceId, message: string, status?: number): Reading<[]> {
  const { apiVersion, refused } = RESOURCES[id];
  const isEmpty =
    (status === 404 && !isBuiltIn(apiVersion)) || (status === 403 && refused === "none");
  return isEmpty ? [] : unreadBy(message, status);
}

/** Returns a failed call as the reason and the fix of what is unread. */
export function unreadBy(message: string, status?: number): Required<Unread> {
  const fix = refusalFix(message, status) ?? "see whether the cluster answers kubectl";
  return { unread: message, fix };
}

/** The lists of the workloads that keep pods running. */
export const WORKLOAD_LISTS = ["deployments", "statefulSets", "daemonSets"] as const;

type WorkloadLists = Snapshot<(typeof WORKLOAD_LISTS)[number]>;

/** Returns Deployments, StatefulSets and DaemonSets, or why one of the lists is unread. */
export function workloadsIn(lists: WorkloadLists): Reading<Workload[]> {
  const missing = WORKLOAD_LISTS.map((id) => lists[id]).find(isUnread);
  return missing ?? readWorkloadsIn(lists);
}

/** Returns Deployments, StatefulSets and DaemonSets as far as they could be read. */
export function readWorkloadsIn(lists: WorkloadLists): Workload[] {
  return WORKLOAD_LISTS.flatMap((id) => {
    const kind = RESOURCES[id].kind as WorkloadKind;
    return itemsOf(lists[id]).map((object) => ({ kind, object }));
  });
}
