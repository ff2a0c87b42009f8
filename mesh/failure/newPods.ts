import type { JsonObject } from "../common/json";
import type { Workload } from "../guard/rollout";
import { annotationsOf, labelsOf } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { listAt, staying } from "../k8s/workload";

/** A workload that comes up, and what is about it in its namespace. */
export interface RolloutState {
  /** As it is in the cluster. */
  readonly workload: Workload;
  readonly replicaSets: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  /** Warnings. */
  readonly events: readonly JsonObject[];
}

function isOwnedBy(object: JsonObject, owner: JsonObject): boolean {
  const uid = getPath(owner, "metadata.uid");
  return listAt(object, "metadata.ownerReferences").some((reference) => reference.uid === uid);
}

/** Counts a Deployment's templates; the ReplicaSet of each has its number. */
const TEMPLATE_NUMBER = "deployment.kubernetes.io/revision";

/** The same for DaemonSets: an annotation there, a label on the pods. */
const DAEMON_NUMBER = "deprecated.daemonset.template.generation";
const DAEMON_POD_NUMBER = "pod-template-generation";

/** The ReplicaSet of a Deployment's newest template; absent for a DaemonSet. */
export function newestReplicaSet({ workload, replicaSets }: RolloutState): JsonObject | undefined {
  const { object } = workload;
  const number = annotationsOf(object)[TEMPLATE_NUMBER];
  return replicaSets.find(
    (candidate) =>
      isOwnedBy(candidate, object) && annotationsOf(candidate)[TEMPLATE_NUMBER] === number,
  );
}

/** Pods of the newest template, and of those before it. */
export interface PodsByAge {
  readonly fresh: readonly JsonObject[];
  readonly former: readonly JsonObject[];
}

function split(pods: readonly JsonObject[], isFresh: (pod: JsonObject) => boolean): PodsByAge {
  return { fresh: pods.filter(isFresh), former: pods.filter((pod) => !isFresh(pod)) };
}

/** The pods of a workload that stay, by whether they are of its newest template. */
export function podsByAge(state: RolloutState): PodsByAge {
  const { workload, replicaSets } = state;
  const pods = staying(state.pods);
  if (workload.kind === "Deployment") {
    const newest = newestReplicaSet(state);
    const sets = replicaSets.filter((set) => isOwnedBy(set, workload.object));
    const own = pods.filter((pod) => sets.some((set) => isOwnedBy(pod, set)));
    return split(own, (pod) => newest !== undefined && isOwnedBy(pod, newest));
  }
  const number = annotationsOf(workload.object)[DAEMON_NUMBER];
  const own = pods.filter((pod) => isOwnedBy(pod, workload.object));
  return split(own, (pod) => (labelsOf(pod)[DAEMON_POD_NUMBER] ?? number) === number);
}
