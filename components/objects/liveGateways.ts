import type { Cluster } from "../../adapters/cluster/cluster";
import { getObject } from "../../adapters/cluster/objects";
import { readList } from "../../adapters/cluster/snapshot";
import type { MeshFacts } from "../../mesh/model/facts";
import { gatewaysToLookAt, type LiveGateways, NOT_LOOKED } from "../../mesh/plan/gatewaySteps";
import { balancerAddress } from "../../mesh/snapshot/services";
import { isUnread } from "../../mesh/snapshot/snapshot";
import type { ClusterSession } from "../pulumi/clusterSession";
import { orWarn } from "../pulumi/orWarn";

/** A Service that a step would take away. */
interface LiveService {
  readonly title: string;
  readonly exists: boolean;
  readonly address?: string;
}

async function serviceAt(cluster: Cluster, title: string): Promise<LiveService> {
  const [namespace, name] = title.split("/");
  const service = await getObject(cluster, `/api/v1/namespaces/${namespace}/services/${name}`);
  const address = balancerAddress(service?.status);
  return { title, exists: service !== undefined, ...(address !== undefined && { address }) };
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
  const [services, resources] = await Promise.all([
    Promise.all(titles.map((title) => serviceAt(cluster, title))),
    readList(cluster, "gatewayResources"),
  ]);
  return {
    addresses: Object.fromEntries(
      services.flatMap(({ title, address }) => (address === undefined ? [] : [[title, address]])),
    ),
    missing: services.filter(({ exists }) => !exists).map(({ title }) => title),
    resources: isUnread(resources) ? [] : resources,
  };
}

/**
 * Asks the cluster about gateways that a step removes or whose ports it closes: their addresses, and
 * who uses the ports. A step is judged without the answers if no cluster gives them.
 */
export function lookAtGateways(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<LiveGateways> {
  const unknown = "the addresses of gateways, and who uses their ports, are not known";
  return orWarn(() => look(session, before, after), NOT_LOOKED, unknown);
}
