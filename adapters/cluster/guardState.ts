import type { InjectionState } from "../../mesh/guard/decideInjection";
import { liveTemplates } from "../../mesh/guard/liveTemplates";
import type { NamespaceState } from "../../mesh/guard/rollout";
import { labelsOf } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { itemsOf, readWorkloadsIn, WORKLOAD_LISTS } from "../../mesh/snapshot/snapshot";
import { USER_LISTS, type UserLists } from "../../mesh/snapshot/users";
import type { Cluster } from "./cluster";
import { getObject } from "./objects";
import { readList, requireList, requireSnapshot } from "./snapshot";

/** Returns every MutatingWebhookConfiguration. */
export function listWebhooks(cluster: Cluster): Promise<readonly K8sObject[]> {
  return requireList(cluster, "mutatingWebhooks");
}

/** Reads what decides about the injection of a namespace's pods. */
export async function injectionState(
  cluster: Cluster,
  namespace: string,
  controlPlaneNamespace: string,
): Promise<InjectionState> {
  const istiod = { namespace: controlPlaneNamespace, labelSelector: "app=istiod" };
  const [mutatingWebhooks, found, deployments, pods] = await Promise.all([
    listWebhooks(cluster),
    getObject(cluster, `/api/v1/namespaces/${namespace}`),
    requireList(cluster, "deployments", istiod),
    requireList(cluster, "pods", istiod),
  ]);
  const namespaceLabels = found === undefined ? undefined : labelsOf(found);
  return { mutatingWebhooks, namespaceLabels, deployments, pods };
}

/** Reads everything that may use a revision. */
export function usersState(cluster: Cluster): Promise<UserLists> {
  return requireSnapshot(cluster, USER_LISTS);
}

/** Reads what decides which workloads of a namespace have to restart. */
export async function namespaceState(cluster: Cluster, namespace: string): Promise<NamespaceState> {
  const [mutatingWebhooks, found, { pods, ...workloads }, configs] = await Promise.all([
    listWebhooks(cluster),
    getObject(cluster, `/api/v1/namespaces/${namespace}`),
    requireSnapshot(cluster, ["pods", ...WORKLOAD_LISTS], { namespace }),
    // Without the right to read these, only revisions decide.
    readList(cluster, "injectorConfigs"),
  ]);
  return {
    mutatingWebhooks,
    namespaceLabels: labelsOf(found),
    workloads: readWorkloadsIn(workloads),
    pods,
    templates: liveTemplates(itemsOf(configs)),
  };
}
