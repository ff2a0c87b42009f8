import type { Cluster } from "../../adapters/cluster/cluster";
import { getObject } from "../../adapters/cluster/objects";
import { readList } from "../../adapters/cluster/snapshot";
import { changedProviders, changesDiscovery } from "../../mesh/effects/configMessages";
import type { LiveEffects } from "../../mesh/effects/effectMessages";
import { providerUsers } from "../../mesh/effects/effectsOf";
import {
  type GatewayApiWorkload,
  gatewayApiWorkloads,
  movesAny,
} from "../../mesh/effects/gatewayApi";
import { labelsOf } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { nameOf } from "../../mesh/k8s/workload";
import type { MeshFacts } from "../../mesh/model/facts";
import { countedWorkloads } from "../../mesh/plan/changeMessages";
import { labelMoves } from "../../mesh/plan/labelMoves";
import { isUnread } from "../../mesh/snapshot/snapshot";
import type { ClusterSession } from "../pulumi/clusterSession";
import { orWarn } from "../pulumi/orWarn";

async function podsOf(cluster: Cluster, title: string): Promise<[string, number][]> {
  const [kind = "", place = ""] = title.split(" ");
  const [namespace, name] = place.split("/");
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
  const live = await getObject(cluster, path);
  const field = kind === "DaemonSet" ? "desiredNumberScheduled" : "replicas";
  const pods = live && getPath(live, `status.${field}`);
  return typeof pods === "number" ? [[title, pods]] : [];
}

/** Returns what may name a provider. What may not be read is left out. */
async function userObjects(cluster: Cluster): Promise<K8sObject[]> {
  const lists = (["telemetries", "authorizationPolicies"] as const).map((id) =>
    readList(cluster, id),
  );
  return (await Promise.all(lists)).flatMap((list) => (isUnread(list) ? [] : list));
}

/** Returns the labels of all namespaces, or nothing if they may not be read. */
async function namespaceLabels(cluster: Cluster): Promise<LiveEffects["namespaces"]> {
  const list = await readList(cluster, "namespaces");
  return isUnread(list)
    ? undefined
    : Object.fromEntries(list.map((namespace) => [nameOf(namespace), labelsOf(namespace)]));
}

/** Returns what istiod runs for the Gateway API; nothing if a list may not be read or is not served. */
async function gatewayApi(
  cluster: Cluster,
  namespaceLabels: NonNullable<LiveEffects["namespaces"]>,
): Promise<GatewayApiWorkload[]> {
  const lists = (["gatewayApiGateways", "gatewayApiDeployments"] as const).map((id) =>
    readList(cluster, id),
  );
  const [gateways, deployments] = (await Promise.all(lists)).map((list) =>
    isUnread(list) ? [] : list,
  );
  return gatewayApiWorkloads({
    gateways: gateways ?? [],
    deployments: deployments ?? [],
    namespaceLabels,
  });
}

async function look(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<LiveEffects> {
  const { effects: old } = before;
  const { effects: now } = after;
  const isCompared = old !== undefined && now !== undefined;
  const titles = countedWorkloads(before, after);
  const hasProviders = isCompared && changedProviders(old, now).length > 0;
  const hasDiscovery = isCompared && changesDiscovery(old, now);
  const hasMoves = movesAny(labelMoves(before, after));
  const isAsked = titles.length > 0 || hasProviders || hasDiscovery || hasMoves;
  const cluster = isAsked && (await session.cluster());
  if (!cluster) {
    return {};
  }
  const [pods, users, namespaces] = await Promise.all([
    Promise.all(titles.map((title) => podsOf(cluster, title))),
    hasProviders ? providerUsers(await userObjects(cluster)) : undefined,
    hasDiscovery || hasMoves ? namespaceLabels(cluster) : undefined,
  ]);
  const gateways = hasMoves ? await gatewayApi(cluster, namespaces ?? {}) : [];
  return {
    pods: Object.fromEntries(pods.flat()),
    ...(users !== undefined && { providerUsers: users }),
    ...(namespaces !== undefined && { namespaces }),
    gatewayApi: gateways,
  };
}

/**
 * Asks the cluster how many pods of each workload a step restarts, who uses a provider that changes,
 * and which namespaces istiod loses. A preview that gets no answer says what the inputs say.
 */
export function lookAtEffects(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<LiveEffects> {
  const unknown = "the cluster was not asked whom the update affects";
  return orWarn(() => look(session, before, after), {}, unknown);
}
