import { HAND_OVER_MANAGER, handsOver, holdReplicas } from "../mesh/gateway/handOver";
import type { JsonObject } from "../mesh/json";
import type { K8sObject } from "../mesh/patch/types";
import { identityOf, objectTitle } from "../mesh/render/objects";
import { type Cluster, succeeded } from "./cluster";
import { getObject } from "./guard/clusterState";
import { type GuardTarget, targetCluster } from "./guards";
import { resourceHook } from "./hooks";
import type * as pulumi from "./sdk";

function pathOf(deployment: K8sObject): string {
  const { namespace, name } = identityOf(deployment);
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

async function hold(cluster: Cluster, deployment: K8sObject): Promise<void> {
  const path = pathOf(deployment);
  const live = await getObject(cluster, path);
  if (live === undefined) {
    return;
  }
  const whole = { ...live, apiVersion: "apps/v1", kind: "Deployment" } as K8sObject;
  const held = holdReplicas(whole);
  if (held !== undefined) {
    const query = `?fieldManager=${HAND_OVER_MANAGER}&force=true`;
    succeeded(objectTitle(deployment), await cluster.call("PATCH", path + query, held));
  }
}

/**
 * A hook that keeps a Deployment's pods when an autoscaler takes over their number (pain 3): without
 * it the API server falls back to 1 until the autoscaler has made up its mind (istio#41481). Bind it
 * to `beforeUpdate`.
 *
 * @param name of the hook; unique in the program, and the same in each run
 */
export function handOverHook(name: string, target: GuardTarget): pulumi.ResourceHook {
  return resourceHook(name, async ({ oldInputs, newInputs }) => {
    const after = newInputs as JsonObject | undefined;
    if (after === undefined || !handsOver(oldInputs, after)) {
      return;
    }
    const cluster = await targetCluster(target);
    if (cluster !== undefined) {
      await hold(cluster, after as K8sObject);
    }
  });
}
