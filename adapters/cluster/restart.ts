import type { JsonObject } from "../../mesh/common/json";
import { inBatches } from "../../mesh/common/lists";
import { type Decision, OK } from "../../mesh/guard/decision";
import { keepsProxy, type OtherPods, otherPods } from "../../mesh/guard/otherPods";
import {
  decideRollout,
  RESTART_TOKEN,
  restSeconds,
  type StaleWorkload,
  staleWorkloads,
  titleOfWorkload,
} from "../../mesh/guard/rollout";
import { type Clock, waitUntilOk } from "../../mesh/guard/waiting";
import { nameOf, podsOf, type Workload, type WorkloadKind } from "../../mesh/k8s/workload";
import type { RestartInputs } from "../../mesh/model/namespaceInputs";
import { type Cluster, succeeded } from "./cluster";
import { evictPods } from "./evict";
import { namespaceState } from "./guardState";
import { getObject, listAll } from "./objects";

type Chosen = Required<Omit<RestartInputs, "token">> & Pick<RestartInputs, "token">;

export const RESTART_DEFAULTS: Chosen = {
  batchSize: 10,
  others: "name",
  pauseSeconds: 0,
  timeoutSeconds: 300,
};

const PLURALS: Readonly<Record<WorkloadKind, string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
};

const MANAGER = "pulumi-service-mesh-restart";

/** The annotation that `kubectl rollout restart` writes. */
const RESTARTED = "kubectl.kubernetes.io/restartedAt";

/** Receives the progress. */
export interface Progress {
  info(text: string): void;
  warn(text: string): void;
}

interface Restart {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly options: Chosen;
  readonly clock: Clock;
  readonly progress: Progress;
}

function folder(namespace: string, kind: WorkloadKind): string {
  return `/apis/apps/v1/namespaces/${namespace}/${PLURALS[kind]}`;
}

async function restartOne({ cluster, namespace, clock, options }: Restart, workload: Workload) {
  const { kind, object } = workload;
  const name = nameOf(object);
  const { token } = options;
  const annotations = {
    [RESTARTED]: new Date(clock.now()).toISOString(),
    ...(token !== undefined && { [RESTART_TOKEN]: token }),
  };
  const patch: JsonObject = {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
    spec: { template: { metadata: { annotations } } },
  };
  const path = `${folder(namespace, kind)}/${name}?fieldManager=${MANAGER}&force=true`;
  succeeded(`${kind} ${namespace}/${name}`, await cluster.call("PATCH", path, patch));
}

async function lookAt(
  { cluster, namespace }: Restart,
  { kind, object, revision }: StaleWorkload,
): Promise<Decision> {
  const [live, pods] = await Promise.all([
    getObject(cluster, `${folder(namespace, kind)}/${nameOf(object)}`),
    listAll(cluster, `/api/v1/namespaces/${namespace}/pods`),
  ]);
  // It was deleted meanwhile, so it has no pods of the old revision.
  return live === undefined
    ? OK
    : decideRollout({ kind, object: live }, podsOf({ kind, object: live }, pods), revision);
}

async function restartBatch(restart: Restart, batch: readonly StaleWorkload[]): Promise<void> {
  for (const workload of batch) {
    await restartOne(restart, workload);
  }
  const { clock, options, namespace } = restart;
  const { timeoutSeconds } = options;
  for (const workload of batch) {
    try {
      await waitUntilOk(() => lookAt(restart, workload), { clock, timeoutSeconds });
    } catch (error) {
      throw new Error(`namespace ${namespace}: ${(error as Error).message}`);
    }
  }
}

function countPods(batch: readonly StaleWorkload[]): number {
  return batch.reduce((sum, { pods }) => sum + pods, 0);
}

/** Runs batches one after the other, at no more than about 100 pods a minute. */
async function inTurns<T>(
  { options, clock }: Restart,
  all: readonly T[],
  run: (batch: readonly T[]) => Promise<number>,
): Promise<void> {
  const batches = inBatches(all, options.batchSize);
  for (const [index, batch] of batches.entries()) {
    const started = clock.now();
    const pods = await run(batch);
    if (index < batches.length - 1) {
      const elapsedSeconds = (clock.now() - started) / 1000;
      const { pauseSeconds } = options;
      await clock.sleep(restSeconds({ pods, elapsedSeconds, pauseSeconds }) * 1000);
    }
  }
}

async function restartAll(restart: Restart, all: readonly StaleWorkload[]): Promise<void> {
  const { namespace, progress } = restart;
  let done = 0;
  await inTurns(restart, all, async (batch) => {
    const titles = batch.map(titleOfWorkload).join(", ");
    const pods = countPods(batch);
    progress.info(`namespace ${namespace}: restarting ${titles} (${pods} pods)`);
    await restartBatch(restart, batch);
    done += batch.length;
    progress.info(`namespace ${namespace}: ${done} of ${all.length} workloads are restarted`);
    return pods;
  });
}

/** Evicts the pods that no change of a template replaces, in batches of their owners. */
async function evictAll(restart: Restart, all: readonly OtherPods[]): Promise<void> {
  const { cluster, namespace, clock, options, progress } = restart;
  const { timeoutSeconds } = options;
  await inTurns(restart, all, async (batch) => {
    const titles = batch.map(({ title }) => title).join(", ");
    const pods = batch.reduce((sum, own) => sum + own.pods.length, 0);
    progress.info(`namespace ${namespace}: evicting the pods of ${titles} (${pods} pods)`);
    const evictions = await Promise.allSettled(
      batch.map((own) => evictPods({ cluster, namespace, clock, timeoutSeconds }, own)),
    );
    const failed = evictions.find((one) => one.status === "rejected");
    if (failed !== undefined) {
      throw new Error(`namespace ${namespace}: ${(failed.reason as Error).message}`);
    }
    return pods;
  });
}

/**
 * Restarts the workloads of a namespace whose pods are not of the revision that injects them now, in
 * batches and at no more than about 100 pods a minute. It stops at the first workload that does not come
 * up. Another run continues with the rest. After the workloads come the pods that no restart of a workload
 * replaces: they are named, or evicted on request.
 *
 * @throws Error with the workload, pod, container and reason
 */
export async function restartWorkloads(restart: Restart): Promise<void> {
  const { cluster, namespace, options, progress } = restart;
  const state = await namespaceState(cluster, namespace);
  const stale = staleWorkloads(state, options.token);
  for (const { manual, ...workload } of stale) {
    if (manual !== undefined) {
      const title = `namespace ${namespace}: ${titleOfWorkload(workload)}`;
      progress.warn(`${title} keeps its old proxy, since ${manual}; restart its pods yourself`);
    }
  }
  const others = otherPods(state, options.token);
  const isEvicted = ({ replacement }: OtherPods) =>
    options.others === "evict" && replacement === "controlled";
  for (const own of others.filter((one) => !isEvicted(one))) {
    progress.warn(`namespace ${namespace}: ${keepsProxy(namespace, own)}`);
  }
  await restartAll(
    restart,
    stale.filter(({ manual }) => manual === undefined),
  );
  await evictAll(restart, others.filter(isEvicted));
}
