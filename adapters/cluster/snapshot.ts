import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { listPath, RESOURCES, type ResourceId } from "../../mesh/snapshot/resources";
import { failedList, isUnread, type Reading, type Snapshot } from "../../mesh/snapshot/snapshot";
import { ApiError, type Cluster } from "./cluster";
import { listAll } from "./objects";

/** Which objects of a list are read. @default all in the cluster */
export interface ListScope {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Lists leave apiVersion and kind out of their items. */
function itemOf(id: ResourceId, item: JsonObject): K8sObject {
  const { apiVersion, kind, dropsManagers } = RESOURCES[id];
  const { managedFields, ...metadata } = (item.metadata ?? {}) as JsonObject;
  return dropsManagers === true && managedFields !== undefined
    ? ({ ...item, metadata, apiVersion, kind } as unknown as K8sObject)
    : ({ ...item, apiVersion, kind } as unknown as K8sObject);
}

/** Lists a resource, page by page. What a failed call means is said at `failedList`. */
async function tryList(
  cluster: Cluster,
  id: ResourceId,
  { namespace, ...query }: ListScope,
): Promise<{ readonly list: Reading<readonly K8sObject[]>; readonly error?: unknown }> {
  const { label } = RESOURCES[id];
  const labelled = label === undefined ? query : { labelSelector: label, ...query };
  try {
    const items = await listAll(cluster, listPath(id, namespace), labelled);
    return { list: items.map((item) => itemOf(id, item)) };
  } catch (error) {
    const status = error instanceof ApiError ? error.status : undefined;
    return { list: failedList(id, (error as Error).message, status), error };
  }
}

/** Lists a resource, or returns why it cannot be read. */
export async function readList(
  cluster: Cluster,
  id: ResourceId,
  scope: ListScope = {},
): Promise<Reading<readonly K8sObject[]>> {
  return (await tryList(cluster, id, scope)).list;
}

/**
 * Lists a resource.
 *
 * @throws ApiError or Error if it cannot be read
 */
export async function requireList(
  cluster: Cluster,
  id: ResourceId,
  scope: ListScope = {},
): Promise<readonly K8sObject[]> {
  const { list, error } = await tryList(cluster, id, scope);
  if (isUnread(list)) {
    throw error;
  }
  return list;
}

/** The same of each list. */
type Lists<Id extends ResourceId, T> = { readonly [K in Id]: T };

async function eachList<Id extends ResourceId, T>(
  ids: readonly Id[],
  read: (id: Id) => Promise<T>,
): Promise<Lists<Id, T>> {
  const lists = await Promise.all(ids.map(async (id) => [id, await read(id)] as const));
  return Object.fromEntries(lists) as Lists<Id, T>;
}

/** Reads lists of a cluster, each once, all at the same time. */
export function readSnapshot<Id extends ResourceId>(
  cluster: Cluster,
  ids: readonly Id[],
): Promise<Snapshot<Id, K8sObject>> {
  return eachList(ids, (id) => readList(cluster, id));
}

/**
 * Reads lists of a cluster as {@link readSnapshot} does.
 *
 * @throws ApiError or Error if one of them cannot be read
 */
export function requireSnapshot<Id extends ResourceId>(
  cluster: Cluster,
  ids: readonly Id[],
  scope: ListScope = {},
): Promise<Lists<Id, readonly K8sObject[]>> {
  return eachList(ids, (id) => requireList(cluster, id, scope));
}
