import { isObject, type JsonObject } from "../../mesh/common/json";
import type { RolloutState } from "../../mesh/failure/newPods";
import type { WorkloadKind } from "../../mesh/guard/rollout";
import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { Cluster } from "./cluster";
import { getObject, listAll } from "./objects";
import { requireList } from "./snapshot";

/** Kinds whose pods an update waits for. */
const PLURALS: Readonly<Record<string, string>> = {
  Deployment: "deployments",
  DaemonSet: "daemonsets",
};

export function hasPods({ kind }: Pick<K8sObject, "kind">): boolean {
  return PLURALS[kind] !== undefined;
}

/** A workload, and the Deployments beside it. */
export interface Surroundings extends RolloutState {
  readonly deployments: readonly JsonObject[];
}

/** Events say more, but not everybody may read them. */
async function warningsIn(cluster: Cluster, namespace: string): Promise<JsonObject[]> {
  const path = `/api/v1/namespaces/${namespace}/events`;
  try {
    return await listAll(cluster, path, { fieldSelector: "type=Warning" });
  } catch {
    return [];
  }
}

/** Those of the workload alone: a namespace may hold thousands of pods. */
function selectorOf(workload: K8sObject): Record<string, string> {
  const labels = getPath(workload, "spec.selector.matchLabels");
  const pairs = Object.entries(isObject(labels) ? labels : {});
  return pairs.length === 0
    ? {}
    : { labelSelector: pairs.map(([name, value]) => `${name}=${value}`).join(",") };
}

/** Looks at a workload and what is about it; `undefined` when it is not in the cluster. */
export async function lookAround(
  cluster: Cluster,
  wanted: K8sObject,
): Promise<Surroundings | undefined> {
  const { kind, namespace, name } = identityOf(wanted);
  const own = selectorOf(wanted);
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  const [object, replicaSets, deployments, pods, events] = await Promise.all([
    getObject(cluster, `${apps}/${PLURALS[kind]}/${name}`),
    listAll(cluster, `${apps}/replicasets`, own),
    requireList(cluster, "deployments", { namespace }),
    requireList(cluster, "pods", { namespace, ...own }),
    warningsIn(cluster, namespace),
  ]);
  return object === undefined
    ? undefined
    : {
        workload: { kind: kind as WorkloadKind, object },
        replicaSets,
        deployments,
        pods,
        events,
      };
}
