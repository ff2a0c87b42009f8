import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, succeeded } from "../../adapters/cluster/cluster";
import { getObject } from "../../adapters/cluster/objects";
import { requireList } from "../../adapters/cluster/snapshot";
import type { K8sObject } from "../../mesh/k8s/objects";
import { countAt } from "../../mesh/k8s/workload";
import type { GatewayInputs } from "../../mesh/model/gatewayInputs";
import {
  type GatewayPodCount,
  gatewayOf,
  gatewayPodCounts,
  losesPods,
  neededPods,
} from "../../mesh/scaling/capacity";
import { listPath } from "../../mesh/snapshot/resources";
import type { ClusterSession } from "../pulumi/clusterSession";
import { resourceHook } from "../pulumi/hooks";
import { resolveArgs } from "../pulumi/inputs";

import * as pulumi from "../pulumi/sdk";

const LOOK_MS = 500;

function pathOf(namespace: string, deployment: string): string {
  return `${listPath("deployments", namespace)}/${deployment}`;
}

async function untilReady(
  cluster: Cluster,
  namespace: string,
  { deployment, pods }: GatewayPodCount,
  seconds: number,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  const ready = async () =>
    countAt(
      (await getObject(cluster, pathOf(namespace, deployment))) ?? {},
      "status.readyReplicas",
    );
  while ((await ready()) < pods) {
    if (Date.now() > deadline) {
      throw new Error(
        `Deployment ${namespace}/${deployment}, which takes over the traffic, does not have ${pods} ready pods after ${seconds} s; ` +
          "fix: find out why its pods do not become ready (kubectl get pods), then update again",
      );
    }
    await delay(LOOK_MS);
  }
}

/**
 * Keeps the number of a gateway's pods when traffic moves between revisions with autoscalers.
 * Before a revision loses its pods, the revisions that take over are scaled to their share of the
 * running pods, and the update waits for them. An autoscaler alone would start at its minimum, and
 * grow only after those few pods are overloaded.
 */
export class GatewayCapacity {
  /**
   * Bound to `beforeUpdate` and `beforeDelete` of gateways' Deployments, and to `beforeUpdate` of
   * their Services.
   */
  readonly hook: pulumi.ResourceHook;
  private readonly raised = new Map<GatewayInputs, Promise<void>>();

  /**
   * @param name the name of the hook; unique in the program, and the same in each run
   * @param gateways all gateways of the mesh
   * @param timeoutSeconds how long a Deployment may take to become ready, in seconds
   */
  constructor(
    name: string,
    private readonly session: ClusterSession,
    private readonly gateways: readonly GatewayInputs[],
    private readonly timeoutSeconds: number,
  ) {
    this.hook = resourceHook(name, async ({ oldInputs, newInputs }) => {
      const args = { before: oldInputs, after: newInputs };
      const { value } = await resolveArgs<{ before?: K8sObject; after?: K8sObject }>(args as never);
      if (value?.before !== undefined) {
        await this.keep(value.before, value.after);
      }
    });
  }

  private async keep(before: K8sObject, after: K8sObject | undefined): Promise<void> {
    const gateway = gatewayOf(before, this.gateways);
    if (gateway === undefined || !losesPods(gateway, before, after)) {
      return;
    }
    const raised = this.raised.get(gateway) ?? this.raise(gateway);
    this.raised.set(gateway, raised);
    await raised;
  }

  private async raise(gateway: GatewayInputs): Promise<void> {
    const cluster = await this.session.cluster();
    if (cluster === undefined) {
      return;
    }
    const { namespace } = gateway;
    const live = gatewayPodCounts(
      gateway,
      await requireList(cluster, "deployments", { namespace }),
    );
    const exists = ({ deployment }: GatewayPodCount) =>
      live.some((own) => own.deployment === deployment);
    await Promise.all(
      neededPods(gateway, live)
        .filter(exists)
        .map((wanted) => this.scale(cluster, namespace, wanted)),
    );
  }

  private async scale(cluster: Cluster, namespace: string, wanted: GatewayPodCount): Promise<void> {
    const title = `Deployment ${namespace}/${wanted.deployment}`;
    void pulumi.log.info(`${title} is scaled to ${wanted.pods} pods before others lose theirs`);
    const path = `${pathOf(namespace, wanted.deployment)}/scale`;
    const body = { spec: { replicas: wanted.pods } };
    succeeded(title, await cluster.call("PATCH", path, body, "merge"));
    await untilReady(cluster, namespace, wanted, this.timeoutSeconds);
  }
}
