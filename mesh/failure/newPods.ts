import type { JsonObject } from "../common/json";
import { annotationsOf, labelsOf } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { listAt, staying, type Workload } from "../k8s/workload";

/** A workload that is rolling out, and the objects of its namespace that concern it. */
export interface RolloutState {
  /** The workload in the cluster. */
  readonly workload: Workload;
  readonly replicaSets: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  /** Events of type Warning. */
  readonly events: readonly JsonObject[];
}

function isOwnedBy(object: JsonObject, owner: JsonObject): boolean {
  const uid = getPath(owner, "metadata.uid");
  return listAt(object, "metadata.ownerReferences").some((reference) => reference.uid === uid);
}

/**
 * The annotation that counts a Deployment's pod templates. Each ReplicaSet has the number of its
 * template.
 */
const TEMPLATE_NUMBER = "deployment.kubernetes.io/revision";

/** The same for DaemonSets: an annotation on the DaemonSet, a label on its pods. */
const DAEMON_NUMBER = "deprecated.daemonset.template.generation";
const DAEMON_POD_NUMBER = "pod-template-generation";

/** Returns the ReplicaSet of a Deployment's newest template, or nothing for a DaemonSet. */
export function newestReplicaSet({ workload, replicaSets }: RolloutState): JsonObject | undefined {
  const { object } = workload;
  const number = annotationsOf(object)[TEMPLATE_NUMBER];
  return replicaSets.find(
    (candidate) =>
      isOwnedBy(candidate, object) && annotationsOf(candidate)[TEMPLATE_NUMBER] === number,
  );
}

/** The pods of the newest template, and those of earlier ones. */
export interface PodsByAge {
  readonly fresh: readonly JsonObject[];
  readonly former: readonly JsonObject[];
}

function split(pods: readonly JsonObject[], isFresh: (pod: JsonObject) => boolean): PodsByAge {
  return { fresh: pods.filter(isFresh), former: pods.filter((pod) => !isFresh(pod)) };
}

/** Divides the running pods of a workload by whether they have its newest template. */
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
