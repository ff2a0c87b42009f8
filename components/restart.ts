import { setTimeout as delay } from "node:timers/promises";
import { ANNOTATION_PREFIX } from "../mesh/inputs/annotations";
import { isObject, type JsonObject } from "../mesh/json";
import { batches, rolloutOf } from "../mesh/namespace/rollout";
import type { NamespaceInputs, RestartInputs } from "../mesh/namespace/types";
import { getPath } from "../mesh/translate";
import { type Cluster, succeeded } from "./cluster";

const KINDS = ["deployments", "statefulsets", "daemonsets"];
const POLL_MS = 1_000;
const DEFAULT_BATCH = 10;
const DEFAULT_TIMEOUT_SECONDS = 300;

interface Workload {
  readonly title: string;
  readonly path: string;
  /** Revision of the last restart; a run that was cut short left it. */
  readonly restartedFor: string | undefined;
}

/** A pod that says no to injection has no proxy to renew. */
function isInjected(workload: JsonObject): boolean {
  const path = "spec.template.metadata.labels.sidecar\\.istio\\.io/inject";
  return getPath(workload, path) !== "false";
}

function workload(kind: string, base: string, item: JsonObject): Workload {
  const name = String(getPath(item, "metadata.name"));
  const annotations = getPath(item, "spec.template.metadata.annotations");
  const restartedFor = isObject(annotations) ? annotations[RESTARTED_FOR] : undefined;
  return {
    title: `${kind.slice(0, -1)} ${name}`,
    path: `${base}/${name}`,
    restartedFor: typeof restartedFor === "string" ? restartedFor : undefined,
  };
}

async function workloadsOf(cluster: Cluster, namespace: string): Promise<Workload[]> {
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      const base = `/apis/apps/v1/namespaces/${namespace}/${kind}`;
      const { items } = succeeded(`${kind} of ${namespace}`, await cluster.call("GET", base));
      return (Array.isArray(items) ? items : [])
        .filter(isObject)
        .filter(isInjected)
        .map((item) => workload(kind, base, item));
    }),
  );
  return lists.flat();
}

/** Names the revision that a workload was restarted for, so that a rerun goes on with the others. */
const RESTARTED_FOR = `${ANNOTATION_PREFIX}restarted-for`;

async function restart(
  cluster: Cluster,
  { title, path }: Workload,
  revision: string,
): Promise<void> {
  const annotations = {
    "kubectl.kubernetes.io/restartedAt": new Date().toISOString(),
    [RESTARTED_FOR]: revision,
  };
  const patch = { spec: { template: { metadata: { annotations } } } };
  succeeded(title, await cluster.call("PATCH", path, patch, "merge"));
}

async function waitUntilReady(
  cluster: Cluster,
  { title, path }: Workload,
  timeoutSeconds: number,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const rollout = rolloutOf(succeeded(title, await cluster.call("GET", path)));
    if (rollout.kind === "done") {
      return;
    }
    const late = Date.now() > deadline;
    if (rollout.kind === "failed" || late) {
      const reason =
        rollout.kind === "failed"
          ? rollout.reason
          : `not ready after ${timeoutSeconds} s (${rollout.text})`;
      throw new Error(
        `${title}: ${reason}; the workloads after it were not restarted. fix: mend it and run the update again`,
      );
    }
    await delay(POLL_MS);
  }
}

/**
 * Restarts the workloads of a namespace in bounded batches, each ready before the next.
 *
 * @param tell takes a line of progress
 * @throws naming the workload that did not become ready; those after it are left as they were
 */
export async function restartWorkloads(
  cluster: Cluster,
  { name: namespace, revision }: Pick<NamespaceInputs, "name" | "revision">,
  inputs: RestartInputs,
  tell: (text: string) => void,
): Promise<void> {
  const {
    batchSize = DEFAULT_BATCH,
    pauseSeconds = 0,
    timeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
  } = inputs;
  const all = await workloadsOf(cluster, namespace);
  let done = 0;
  for (const batch of batches(all, batchSize)) {
    const due = batch.filter(({ restartedFor }) => restartedFor !== revision);
    await Promise.all(due.map((workload) => restart(cluster, workload, revision)));
    await Promise.all(batch.map((workload) => waitUntilReady(cluster, workload, timeoutSeconds)));
    done += batch.length;
    tell(`namespace ${namespace}: ${done} of ${all.length} workloads restarted`);
    if (done < all.length) {
      await delay(pauseSeconds * 1000);
    }
  }
}
