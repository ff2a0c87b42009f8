import type { RolloutState } from "../../mesh/failure/newPods";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { Workload } from "../../mesh/k8s/workload";
import { unfinishedOwn } from "../../mesh/status/rollouts";
import { LISTS, type StatusSource, unreadLists } from "../../mesh/status/types";
import { viewOf } from "../../mesh/status/view";
import type { Cluster } from "../cluster/cluster";
import { lookAround } from "../cluster/rolloutState";
import { readSnapshot } from "../cluster/snapshot";

/** A status is shown also if the surroundings of one workload cannot be read. */
async function lookAt(
  cluster: Cluster,
  { kind, object }: Workload,
): Promise<RolloutState | undefined> {
  try {
    return await lookAround(cluster, { ...object, apiVersion: "apps/v1", kind } as K8sObject);
  } catch {
    return undefined;
  }
}

/**
 * Reads what a status shows. No call is made for a single pod. For those of the mesh's own workloads
 * that are not finished, their pods, ReplicaSets and events are read too.
 *
 * @throws Error if nothing could be read
 */
export async function readStatusSource(
  cluster: Cluster,
  now: () => number = Date.now,
): Promise<StatusSource> {
  const lists = await readSnapshot(cluster, LISTS);
  const read: StatusSource = { now: now(), lists, rollouts: [] };
  const missing = unreadLists(read);
  const [first] = missing;
  if (first !== undefined && missing.length === LISTS.length) {
    throw new Error(`the cluster cannot be read: ${first.reason}; fix: ${first.fix}`);
  }
  const unfinished = unfinishedOwn(viewOf(read));
  const rollouts = await Promise.all(unfinished.map((workload) => lookAt(cluster, workload)));
  return { ...read, rollouts: rollouts.filter((rollout) => rollout !== undefined) };
}
