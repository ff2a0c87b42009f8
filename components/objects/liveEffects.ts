import type { Cluster } from "../../adapters/cluster/cluster";
import { getObject } from "../../adapters/cluster/objects";
import { readList } from "../../adapters/cluster/snapshot";
import { changedProviders } from "../../mesh/effects/configMessages";
import type { LiveEffects } from "../../mesh/effects/effectMessages";
import { providerUsers } from "../../mesh/effects/effectsOf";
import { restartingWorkloads } from "../../mesh/effects/workloadMessages";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { MeshFacts } from "../../mesh/model/facts";
import { isUnread } from "../../mesh/snapshot/snapshot";
import type { ClusterSession } from "../pulumi/clusterSession";
import * as pulumi from "../pulumi/sdk";

async function podsOf(cluster: Cluster, title: string): Promise<[string, number][]> {
  const [kind = "", place = ""] = title.split(" ");
  const [namespace, name] = place.split("/");
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
  const live = await getObject(cluster, path);
  const pods = live && getPath(live, "status.replicas");
  return typeof pods === "number" ? [[title, pods]] : [];
}

/** Returns what may name a provider. What may not be read is left out. */
async function userObjects(cluster: Cluster): Promise<K8sObject[]> {
  const lists = (["telemetries", "authorizationPolicies"] as const).map((id) =>
    readList(cluster, id),
  );
  return (await Promise.all(lists)).flatMap((list) => (isUnread(list) ? [] : list));
}

async function look(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<LiveEffects> {
  if (before.effects === undefined || after.effects === undefined) {
    return {};
  }
  const titles = restartingWorkloads(before.effects, after.effects);
  const hasProviders = changedProviders(before.effects, after.effects).length > 0;
  const cluster = (titles.length > 0 || hasProviders) && (await session.cluster());
  if (!cluster) {
    return {};
  }
  const [pods, users] = await Promise.all([
    Promise.all(titles.map((title) => podsOf(cluster, title))),
    hasProviders ? providerUsers(await userObjects(cluster)) : {},
  ]);
  return { pods: Object.fromEntries(pods.flat()), providerUsers: users };
}

/**
 * Asks the cluster how many pods of each workload a step restarts. A preview that gets no answer says
 * what the inputs say.
 */
export async function lookAtEffects(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<LiveEffects> {
  try {
    return await look(session, before, after);
  } catch (error) {
    const text = `the numbers of running pods are not known: ${(error as Error).message}`;
    void pulumi.log.warn(text);
    return {};
  }
}
