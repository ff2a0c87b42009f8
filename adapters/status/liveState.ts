import type { JsonObject } from "../../mesh/common/json";
import type { RolloutState } from "../../mesh/failure/newPods";
import { decideFailedCall } from "../../mesh/guard/access";
import type { Workload } from "../../mesh/guard/rollout";
import type { K8sObject } from "../../mesh/k8s/objects";
import { unfinishedOwn } from "../../mesh/status/rollouts";
import { LISTS, type ListName, type LiveState, type Unread } from "../../mesh/status/types";
import { viewOf } from "../../mesh/status/view";
import { ApiError, type Cluster } from "../cluster/cluster";
import { listAll } from "../cluster/objects";
import { lookAround } from "../cluster/rolloutState";

const PATHS: Readonly<Record<ListName, string>> = {
  mutatingwebhookconfigurations:
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
  validatingwebhookconfigurations:
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
  namespaces: "/api/v1/namespaces",
  deployments: "/apis/apps/v1/deployments",
  statefulsets: "/apis/apps/v1/statefulsets",
  daemonsets: "/apis/apps/v1/daemonsets",
  pods: "/api/v1/pods",
  services: "/api/v1/services",
  horizontalpodautoscalers: "/apis/autoscaling/v2/horizontalpodautoscalers",
  controlplanerevisions: "/apis/mesh.cloud.google.com/v1beta1/controlplanerevisions",
};

/** Only Google's clusters have them, and who may not ask does not learn whether they are there. */
const GOOGLES: ListName = "controlplanerevisions";
const NOT_THERE: readonly (number | undefined)[] = [403, 404];

interface Answer {
  readonly list: ListName;
  readonly objects: readonly JsonObject[];
  readonly error?: Error;
}

function statusOf(error: Error | undefined): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}

async function readList(cluster: Cluster, list: ListName): Promise<Answer> {
  try {
    return { list, objects: await listAll(cluster, PATHS[list]) };
  } catch (caught) {
    const error = caught as Error;
    const isNone = list === GOOGLES && NOT_THERE.includes(statusOf(error));
    return { list, objects: [], ...(!isNone && { error }) };
  }
}

function unread({ list, error }: Answer): Unread[] {
  if (error === undefined) {
    return [];
  }
  const decision = decideFailedCall(error.message, statusOf(error));
  const fix = decision.kind === "fail" ? decision.fix : "see whether the cluster answers kubectl";
  return [{ list, reason: error.message, fix }];
}

/** The cause of one workload is not worth the rest of the picture. */
async function lookAt(
  cluster: Cluster,
  { kind, object }: Workload,
): Promise<RolloutState | undefined> {
  try {
    return await lookAround(cluster, { ...object, apiVersion: "apps/v1", kind } as K8sObject);
  } catch {
    return undefined;
  }
}

/**
 * Reads what a status shows: each list whole, page by page, and no call for a pod. About the mesh's own
 * workloads that are not finished, a little more is read.
 *
 * @throws Error when nothing could be read at all
 */
export async function readLiveState(
  cluster: Cluster,
  now: () => number = Date.now,
): Promise<LiveState> {
  const answers = await Promise.all(LISTS.map((list) => readList(cluster, list)));
  const missing = answers.flatMap(unread);
  const [first] = missing;
  if (first !== undefined && missing.length === LISTS.length) {
    throw new Error(`the cluster cannot be read: ${first.reason}; fix: ${first.fix}`);
  }
  const lists = Object.fromEntries(answers.map(({ list, objects }) => [list, objects]));
  const live: LiveState = {
    now: now(),
    lists: lists as LiveState["lists"],
    unread: missing,
    rollouts: [],
  };
  const unfinished = unfinishedOwn(viewOf(live));
  const rollouts = await Promise.all(unfinished.map((workload) => lookAt(cluster, workload)));
  return { ...live, rollouts: rollouts.filter((rollout) => rollout !== undefined) };
}
