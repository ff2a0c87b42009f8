import { requireList } from "../../adapters/cluster/snapshot";
import type { Problem } from "../../mesh/common/problem";
import type { MeshFacts } from "../../mesh/model/facts";
import { namespacesToLookAt, strandedServices } from "../../mesh/plan/strandedServices";
import type { ClusterSession } from "../pulumi/clusterSession";
import * as pulumi from "../pulumi/sdk";

async function look(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<Problem[]> {
  const places = namespacesToLookAt(before, after);
  const cluster = places.length > 0 && (await session.cluster());
  if (!cluster) {
    return [];
  }
  const lists = places.map((place) => requireList(cluster, "services", { namespace: place }));
  return strandedServices(before, after, (await Promise.all(lists)).flat());
}

/**
 * Returns Services of others in the cluster that would lose all their endpoints in a step. A
 * preview must also work if there is no cluster, or none that answers.
 */
export async function lookForStranded(
  session: ClusterSession,
  before: MeshFacts,
  after: MeshFacts,
): Promise<Problem[]> {
  try {
    return await look(session, before, after);
  } catch (error) {
    if (!pulumi.isDryRun()) {
      throw error;
    }
    const text = `it is not known whether Services of others lose their endpoints: ${(error as Error).message}`;
    void pulumi.log.warn(text);
    return [];
  }
}
