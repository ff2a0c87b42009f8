import { isObject, type JsonObject } from "../../mesh/common/json";
import type { RolloutState } from "../../mesh/failure/newPods";
import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { WorkloadKind } from "../../mesh/k8s/workload";
import type { Cluster } from "./cluster";
import { getObject, listAll, readEvents } from "./objects";
import { requireList } from "./snapshot";

/** The kinds whose pods an update waits for. */
const PLURALS: Readonly<Record<string, string>> = {
  Deployment: "deployments",
  DaemonSet: "daemonsets",
};

export function hasPods({ kind }: Pick<K8sObject, "kind">): boolean {
  return PLURALS[kind] !== undefined;
}

/** A workload, and the Deployments of its namespace. */
export interface Surroundings extends RolloutState {
  readonly deployments: readonly JsonObject[];
}

/** Selects the objects of one workload, because a namespace may have thousands of pods. */
function labelQuery(workload: K8sObject): Record<string, string> {
  const labels = getPath(workload, "spec.selector.matchLabels");
  const pairs = Object.entries(isObject(labels) ? labels : {});
  return pairs.length === 0
    ? {}
    : { labelSelector: pairs.map(([name, value]) => `${name}=${value}`).join(",") };
}

/** Reads a workload and its pods, ReplicaSets and events. Returns `undefined` if it does not exist. */
export async function lookAround(
  cluster: Cluster,
  wanted: K8sObject,
): Promise<Surroundings | undefined> {
  const { kind, namespace, name } = identityOf(wanted);
  const own = labelQuery(wanted);
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  const [object, replicaSets, deployments, pods, events] = await Promise.all([
    getObject(cluster, `${apps}/${PLURALS[kind]}/${name}`),
    listAll(cluster, `${apps}/replicasets`, own),
    requireList(cluster, "deployments", { namespace }),
    requireList(cluster, "pods", { namespace, ...own }),
    readEvents(cluster, namespace, "type=Warning"),
  ]);
  return object === undefined
    ? undefined
    : {
        workload: { kind: kind as WorkloadKind, object },
        replicaSets,
        deployments,
        pods,
        events: events ?? [],
      };
}
