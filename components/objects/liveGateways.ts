import type { Cluster } from "../../adapters/cluster/cluster";
import { getObject } from "../../adapters/cluster/objects";
import { readList } from "../../adapters/cluster/snapshot";
import type { MeshFacts } from "../../mesh/model/facts";
import { gatewaysToLookAt, type LiveGateways, NOT_LOOKED } from "../../mesh/plan/gatewaySteps";
import { balancerAddress } from "../../mesh/snapshot/services";
import { isUnread } from "../../mesh/snapshot/snapshot";
import type { ClusterSession } from "../pulumi/clusterSession";
import * as pulumi from "../pulumi/sdk";

async function addressOf(cluster: Cluster, title: string): Promise<[string, string][]> {
  const [namespace, name] = title.split("/");
  const path = `/api/v1/namespaces/${namespace}/services/${name}`;
  const address = balancerAddress((await getObject(cluster, path))?.status);
  return address === undefined ? [] : [[title, address]];
}

async function look(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<LiveGateways> {
  const titles = gatewaysToLookAt(before, after);
  const cluster = titles.length > 0 && (await session.cluster());
  if (!cluster) {
    return NOT_LOOKED;
  }
  const [addresses, resources] = await Promise.all([
    Promise.all(titles.map((title) => addressOf(cluster, title))),
    readList(cluster, "gatewayResources"),
  ]);
  return {
    addresses: Object.fromEntries(addresses.flat()),
    resources: isUnread(resources) ? [] : resources,
  };
}

/**
 * Asks the cluster about gateways that a step removes or whose ports it closes: their addresses, and
 * who uses the ports. A step is judged without the answers if no cluster gives them.
 */
export async function lookAtGateways(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<LiveGateways> {
  try {
    return await look(session, before, after);
  } catch (error) {
    const text = `the addresses of gateways, and who uses their ports, are not known: ${(error as Error).message}`;
    void pulumi.log.warn(text);
    return NOT_LOOKED;
  }
}
