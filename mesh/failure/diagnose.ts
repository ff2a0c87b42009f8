import { isObject, type Json, type JsonObject } from "../common/json";
import { counts } from "../guard/rollout";
import { getPath } from "../k8s/path";
import {
  brokenContainer,
  condition,
  conditionText,
  countAt,
  describeTrouble,
  isReady,
  listAt,
  nameOf,
  unscheduled,
} from "../k8s/workload";
import type { Cause } from "./cause";
import { containerCause, worstCause } from "./containerCause";
import { creationCause } from "./creationCause";
import { eventMessage, lastEvent } from "./events";
import { newestReplicaSet, podsByAge, type RolloutState } from "./newPods";

function imageOf(spec: Json | undefined, container: string): Json | undefined {
  const all = isObject(spec) ? listAt(spec, "containers") : [];
  return all.find(({ name }) => name === container)?.image;
}

/**
 * Returns whether an injector set the image of a pod's container. Such an image stays until the
 * pod is replaced.
 */
function isInjected(pod: JsonObject, status: JsonObject, workload: JsonObject): boolean {
  const name = String(status.name);
  const wanted = imageOf(getPath(workload, "spec.template.spec"), name);
  return imageOf(pod.spec, name) !== wanted;
}

const REMAKE =
  ", and replace the pods (a gateway's `restart`, or delete them), because they keep what was injected";

/** Returns what keeps a pod from being ready. */
function podCause(pod: JsonObject, { events, workload }: RolloutState): Cause {
  const name = nameOf(pod);
  const homeless = unscheduled(pod);
  if (homeless !== undefined) {
    return {
      text: describeTrouble({
        pod: name,
        reason: `no node accepts it: ${conditionText(homeless)}`,
      }),
      fix: "make room or nodes, or correct its requests, nodeSelector, affinity and tolerations",
      certain: false,
    };
  }
  const status = brokenContainer(pod);
  if (status !== undefined) {
    const cause = containerCause(pod, status, events);
    const remake = isInjected(pod, status, workload.object) ? REMAKE : "";
    return { ...cause, fix: cause.fix + remake };
  }
  const phase = String(getPath(pod, "status.phase") ?? "Pending");
  const { reason, message } = { ...(pod.status as JsonObject | undefined) };
  const detail = conditionText({ reason: reason ?? null, message: message ?? null });
  return {
    text: describeTrouble({ pod: name, reason: `is ${phase}${detail && `: ${detail}`}` }),
    fix: "look at the node it is on",
    certain: false,
  };
}

/** Returns the controller's message about pods that it could not create. */
function creationMessage(state: RolloutState): string | undefined {
  const { workload, events } = state;
  const owner = newestReplicaSet(state) ?? workload.object;
  const failure =
    condition(owner, "ReplicaFailure") ?? condition(workload.object, "ReplicaFailure");
  return failure?.status === "True"
    ? eventMessage(failure)
    : eventMessage(lastEvent(events, nameOf(owner), ["FailedCreate"]));
}

function isSeen(object: JsonObject): boolean {
  return countAt(object, "status.observedGeneration") >= countAt(object, "metadata.generation");
}

const UNSEEN: Cause = {
  text: "its controller has not seen the change yet",
  fix: "see whether the cluster's controllers run",
  certain: false,
};

/**
 * Returns whether a Deployment runs its newest template in as many available pods as an update
 * asked for, and in no others. An autoscaler that asks for more meanwhile does not count.
 *
 * @param asked the number of pods that the update asked for
 */
export function hasRolledOut(deployment: JsonObject, asked: number): boolean {
  const updated = countAt(deployment, "status.updatedReplicas");
  const available = countAt(deployment, "status.availableReplicas");
  const wanted = Math.min(asked, countAt(deployment, "spec.replicas"));
  const former = countAt(deployment, "status.replicas") - updated;
  return isSeen(deployment) && former <= 0 && Math.min(updated, available) >= wanted;
}

/** Some pods are ready, but too few of them, or not for long enough. */
function progress({ workload }: RolloutState): Cause | undefined {
  const { updated, ready, wanted } = counts(workload);
  const words = condition(workload.object, "Progressing");
  const detail = words === undefined ? "" : ` (${conditionText(words)})`;
  return updated >= wanted && ready >= wanted
    ? undefined
    : {
        text: `${Math.min(updated, ready)} of ${wanted} pods are new and ready${detail}`,
        fix: "give it more time (`timeouts`), or look at its pods",
        certain: false,
      };
}

/**
 * Returns why a workload does not become ready, or `undefined` if it is ready.
 *
 * @example
 * diagnose(state)?.text
 * // "pod web-7d9, container istio-proxy: the image hub/proxyv2:1.29 cannot be pulled (ImagePullBackOff): … not found"
 */
export function diagnose(state: RolloutState): Cause | undefined {
  if (!isSeen(state.workload.object)) {
    return UNSEEN;
  }
  const { fresh } = podsByAge(state);
  const troubled = fresh.filter((pod) => !isReady(pod));
  const found = worstCause(troubled.map((pod) => podCause(pod, state)));
  const unfinished = progress(state);
  if (found !== undefined || unfinished === undefined) {
    return found;
  }
  const message = creationMessage(state);
  return message === undefined ? unfinished : creationCause(message);
}
