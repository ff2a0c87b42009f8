import type { JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { countAt, nameOf, namespaceOf } from "../../mesh/k8s/workload";
import type { PodCount } from "../../mesh/runner/progress";
import type { UpgradePlan } from "../../mesh/upgrade/types";
import { stageOf } from "../../mesh/upgrade/upgradePlan";
import type { Cluster } from "../cluster/cluster";
import { requireList } from "../cluster/snapshot";

function countOf(deployment: JsonObject): PodCount {
  const wanted = getPath(deployment, "spec.replicas");
  return {
    workload: `${namespaceOf(deployment)}/${nameOf(deployment)}`,
    // The API server writes the default.
    wanted: typeof wanted === "number" ? wanted : 1,
    ready: countAt(deployment, "status.readyReplicas"),
  };
}

/** Namespaces with pods that a stage may change: of istiod, of gateways, and those that move. */
function namespacesOf(plan: UpgradePlan, stage: string): string[] {
  const { inputs, facts, namespaces } = stageOf(plan, stage);
  const own = facts.gateways.map(({ namespace }) => namespace);
  return [...new Set([inputs.namespace ?? "istio-system", ...own, ...namespaces])];
}

/**
 * Returns the pods of the Deployments that a stage may change. Empty if they cannot be read: they are
 * for the eye alone.
 */
export async function podCounts(
  cluster: Cluster,
  plan: UpgradePlan,
  stage: string,
): Promise<PodCount[]> {
  try {
    const lists = await Promise.all(
      namespacesOf(plan, stage).map((namespace) =>
        requireList(cluster, "deployments", { namespace }),
      ),
    );
    return lists.flat().map((deployment) => countOf(deployment as unknown as JsonObject));
  } catch {
    return [];
  }
}
