import type { JsonObject } from "../../mesh/common/json";
import { type Decision, OK, wait } from "../../mesh/guard/decision";
import { decideReplaced, type OtherPods, siblings } from "../../mesh/guard/otherPods";
import { type Clock, waitUntilOk } from "../../mesh/guard/waiting";
import { getPath } from "../../mesh/k8s/path";
import { nameOf } from "../../mesh/k8s/workload";
import { type Cluster, succeeded } from "./cluster";
import { listAll } from "./objects";

/** What evictions need to know. */
export interface Eviction {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly clock: Clock;
  /** How long a pod's budget and its replacement may take, in seconds. */
  readonly timeoutSeconds: number;
}

/** What the API server answers if a disruption budget does not allow an eviction now. */
const TOO_MANY_REQUESTS = 429;
const NOT_FOUND = 404;
/** The name belongs to another pod by now. */
const CONFLICT = 409;

/** Asks for the eviction of a pod, which its disruption budget may put off. */
async function evict({ cluster, namespace }: Eviction, pod: JsonObject): Promise<Decision> {
  const name = nameOf(pod);
  const uid = getPath(pod, "metadata.uid");
  const answer = await cluster.call(
    "POST",
    `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
    {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
      ...(uid !== undefined && { deleteOptions: { preconditions: { uid } } }),
    },
  );
  if (answer.status === TOO_MANY_REQUESTS) {
    return wait(`Pod ${name} may not be evicted now: ${String(answer.body.message ?? "")}`);
  }
  if (answer.status !== NOT_FOUND && answer.status !== CONFLICT) {
    succeeded(`eviction of Pod ${namespace}/${name}`, answer);
  }
  return OK;
}

/**
 * Evicts pods of one owner, one at a time, and waits for the replacement of each.
 *
 * @throws Error with the reason if a budget does not allow it, or a replacement does not come, in time
 */
export async function evictPods(eviction: Eviction, others: OtherPods): Promise<void> {
  const { cluster, namespace, clock, timeoutSeconds } = eviction;
  const list = () => listAll(cluster, `/api/v1/namespaces/${namespace}/pods`);
  for (const pod of others.pods) {
    const before = siblings(pod, await list());
    await waitUntilOk(() => evict(eviction, pod), { clock, timeoutSeconds });
    await waitUntilOk(async () => decideReplaced(pod, before, await list(), others), {
      clock,
      timeoutSeconds,
    });
  }
}
