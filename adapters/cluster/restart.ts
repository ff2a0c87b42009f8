import type { JsonObject } from "../../mesh/common/json";
import { type Decision, OK } from "../../mesh/guard/decision";
import {
  decideRollout,
  inBatches,
  podsOf,
  RESTART_TOKEN,
  restSeconds,
  type StaleWorkload,
  staleWorkloads,
  titleOfWorkload,
  type Workload,
  type WorkloadKind,
} from "../../mesh/guard/rollout";
import { type Clock, waitUntilOk } from "../../mesh/guard/waiting";
import { nameOf } from "../../mesh/k8s/workload";
import type { RestartInputs } from "../../mesh/model/namespaceInputs";
import { type Cluster, succeeded } from "./cluster";
import { namespaceState } from "./guardState";
import { getObject, listAll } from "./objects";

type Chosen = Required<Omit<RestartInputs, "token">> & Pick<RestartInputs, "token">;

export const RESTART_DEFAULTS: Chosen = {
  batchSize: 10,
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

/**
 * Restarts the workloads of a namespace whose pods are not of the revision that injects them now, in
 * batches and at no more than about 100 pods a minute. It stops at the first workload that does not come
 * up. Another run continues with the rest.
 *
 * @throws Error with the workload, pod, container and reason
 */
export async function restartWorkloads(restart: Restart): Promise<void> {
  const { cluster, namespace, options, clock, progress } = restart;
  const stale = staleWorkloads(await namespaceState(cluster, namespace), options.token);
  for (const { manual, ...workload } of stale) {
    if (manual !== undefined) {
      const title = `namespace ${namespace}: ${titleOfWorkload(workload)}`;
      progress.warn(`${title} keeps its old proxy, since ${manual}; restart its pods yourself`);
    }
  }
  const all = stale.filter(({ manual }) => manual === undefined);
  let done = 0;
  for (const batch of inBatches(all, options.batchSize)) {
    const started = clock.now();
    const titles = batch.map(titleOfWorkload).join(", ");
    progress.info(`namespace ${namespace}: restarting ${titles} (${countPods(batch)} pods)`);
    await restartBatch(restart, batch);
    done += batch.length;
    progress.info(`namespace ${namespace}: ${done} of ${all.length} workloads are restarted`);
    if (done < all.length) {
      const elapsedSeconds = (clock.now() - started) / 1000;
      const { pauseSeconds } = options;
      const rest = restSeconds({ pods: countPods(batch), elapsedSeconds, pauseSeconds });
      await clock.sleep(rest * 1000);
    }
  }
}
