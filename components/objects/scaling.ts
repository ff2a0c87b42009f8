import { type Cluster, succeeded } from "../../adapters/cluster/cluster";
import { deleteObject, getObject } from "../../adapters/cluster/objects";
import { requireList, requireSnapshot } from "../../adapters/cluster/snapshot";
import { isManagedBy } from "../../mesh/k8s/managers";
import { identityOf, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import {
  HAND_OVER_MANAGER,
  handOverText,
  handsOver,
  holdReplicas,
  takesBack,
} from "../../mesh/scaling/handOver";
import {
  scalerOf,
  scalerTitle,
  statesReplicas,
  withoutScaledReplicas,
} from "../../mesh/scaling/scalers";
import { listPath } from "../../mesh/snapshot/resources";
import type { ClusterSession } from "../pulumi/clusterSession";
import { resourceHook } from "../pulumi/hooks";
import { resolveArgs } from "../pulumi/inputs";
import * as pulumi from "../pulumi/sdk";
import { resourceAt } from "./rollouts";

/** Returns every autoscaler of a cluster. */
async function readScalers(cluster: Cluster): Promise<K8sObject[]> {
  const { autoscalers, scaledObjects } = await requireSnapshot(cluster, [
    "autoscalers",
    "scaledObjects",
  ]);
  return [...autoscalers, ...scaledObjects];
}

function pathOf(deployment: K8sObject): string {
  const { namespace, name } = identityOf(deployment);
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

async function readLive(cluster: Cluster, deployment: K8sObject): Promise<K8sObject | undefined> {
  const live = await getObject(cluster, pathOf(deployment));
  return live && ({ ...live, apiVersion: "apps/v1", kind: "Deployment" } as K8sObject);
}

async function hold(cluster: Cluster, live: K8sObject): Promise<void> {
  const held = holdReplicas(live);
  if (held !== undefined) {
    const query = `?fieldManager=${HAND_OVER_MANAGER}&force=true`;
    succeeded(objectTitle(live), await cluster.call("PATCH", pathOf(live) + query, held));
  }
}

/** What an update changes in a workload. `undefined` while a preview does not know it. */
interface Change {
  readonly before: K8sObject;
  readonly after: K8sObject;
}

async function changeIn({
  oldInputs,
  newInputs,
}: Parameters<pulumi.ResourceHook["callback"]>[0]): Promise<Change | undefined> {
  const args = { before: oldInputs, after: newInputs };
  const { value } = await resolveArgs<Partial<Change>>(args as never);
  return value?.before === undefined || value.after === undefined ? undefined : (value as Change);
}

/**
 * Leaves the number of a Deployment's pods to the autoscaler that sets it, whether it belongs to
 * the mesh or to someone else.
 *
 * - An autoscaled Deployment is applied without `replicas`, so that an update does not undo the
 *   autoscaler's work.
 * - When an autoscaler takes over, the running pods stay. Otherwise the API server would fall back
 *   to 1 until the autoscaler has decided (istio#41481).
 * - When an autoscaler of the stack is removed, it is deleted before the Deployment gets its
 *   number of pods. Pulumi would delete it last, and it might set another number meanwhile.
 */
export class AutoscaledReplicas {
  /** Bound to `beforeUpdate` of every Deployment, after all hooks that may refuse the update. */
  readonly hook: pulumi.ResourceHook;
  private scalers: Promise<K8sObject[]> | undefined;

  /**
   * @param name the name of the hook; unique in the program, and the same in each run
   * @param manager the stack's field manager
   */
  constructor(
    name: string,
    private readonly session: ClusterSession,
    private readonly manager: string,
  ) {
    this.hook = resourceHook(
      name,
      async (args) => {
        const change = await changeIn(args);
        if (change !== undefined && this.concerns(change)) {
          await this.handOver(change, args.urn);
        }
      },
      { onDryRun: true },
    );
  }

  /**
   * Returns the objects of a component as they are applied: no autoscaled Deployment sets its
   * number of pods. The cluster is only asked if some Deployment sets a number and the component
   * itself has no autoscaler for it.
   */
  async applied(objects: readonly K8sObject[]): Promise<K8sObject[]> {
    const withOwn = objects.map((object) => withoutScaledReplicas(object, objects));
    if (!withOwn.some((object) => object.kind === "Deployment" && statesReplicas(object))) {
      return withOwn;
    }
    const foreign = await this.foreignScalers();
    return withOwn.map((object) => withoutScaledReplicas(object, foreign));
  }

  /**
   * Returns autoscalers that do not belong to the stack. A preview must also work if the cluster
   * does not answer, and an update if the user may not list them.
   */
  private async foreignScalers(): Promise<K8sObject[]> {
    this.scalers ??= this.read().catch((error: Error) => {
      const text =
        "whether an autoscaler of somebody else's scales a Deployment of the mesh cannot be read, " +
        `so each gets the number of pods that the inputs have: ${error.message}`;
      void pulumi.log.warn(text);
      return [];
    });
    return (await this.scalers).filter((scaler) => !isManagedBy(scaler, this.manager));
  }

  private async read(): Promise<K8sObject[]> {
    const cluster = await this.session.cluster();
    return cluster === undefined ? [] : readScalers(cluster);
  }

  private concerns({ before, after }: Change): boolean {
    return handsOver(before, after) || takesBack(before, after);
  }

  private async handOver(change: Change, urn: string): Promise<void> {
    if (!pulumi.isDryRun()) {
      return this.act(change);
    }
    try {
      await this.tell(change, urn);
    } catch {
      // Another check reports that the cluster does not answer.
    }
  }

  private async tell({ before, after }: Change, urn: string): Promise<void> {
    const cluster = await this.session.cluster();
    const live = cluster && (await readLive(cluster, after));
    if (live === undefined) {
      return;
    }
    const scaler = scalerOf(after, await this.foreignScalers());
    const text = handOverText(before, after, live, scaler && scalerTitle(scaler));
    if (text !== undefined) {
      await pulumi.log.info(text, resourceAt(urn));
    }
  }

  private async act({ before, after }: Change): Promise<void> {
    const cluster = await this.session.cluster();
    const live = cluster && (await readLive(cluster, after));
    if (cluster === undefined || live === undefined) {
      return;
    }
    if (handsOver(before, after)) {
      return hold(cluster, live);
    }
    await this.removeOwn(cluster, live);
  }

  private async removeOwn(cluster: Cluster, live: K8sObject): Promise<void> {
    const { namespace } = identityOf(live);
    const all = await requireList(cluster, "autoscalers", { namespace });
    const own = scalerOf(
      live,
      all.filter((scaler) => isManagedBy(scaler, this.manager)),
    );
    if (own !== undefined) {
      await deleteObject(cluster, `${listPath("autoscalers", namespace)}/${identityOf(own).name}`);
    }
  }
}
