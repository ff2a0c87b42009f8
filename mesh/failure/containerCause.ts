import { isObject, type JsonObject } from "../common/json";
import { getPath } from "../k8s/path";
import {
  brokenContainer,
  conditionText,
  describeTrouble,
  hasGivenUp,
  isReady,
  nameOf,
} from "../k8s/workload";
import type { Cause } from "./cause";
import { eventMessage, lastEvent } from "./events";

/** After this many restarts, a container is not just waiting for another one. */
const SURE_RESTARTS = 3;

const IMAGE_REASONS = [
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
];

const START_REASONS = ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"];

/** Reasons of events about a pod whose containers have not started. */
const SETUP_EVENTS = [
  "FailedMount",
  "FailedAttachVolume",
  "FailedCreatePodSandBox",
  "NetworkNotReady",
  "FailedPostStartHook",
];

/** A container of a pod that is not ready. */
interface Broken {
  readonly pod: string;
  readonly status: JsonObject;
  readonly events: readonly JsonObject[];
}

type Finding = Omit<Cause, "text" | "log"> & { readonly reason: string };

/** Tries one explanation. Returns `undefined` if it does not apply. */
type Explain = (broken: Broken) => Finding | undefined;

function waitingReason({ status }: Broken): string {
  return String(getPath(status, "state.waiting.reason") ?? "");
}

const image: Explain = (broken) => {
  const { pod, status, events } = broken;
  const reason = waitingReason(broken);
  if (!IMAGE_REASONS.includes(reason)) {
    return undefined;
  }
  const pulled = lastEvent(events, pod, ["Failed"], /pull image/);
  const detail = eventMessage(pulled) ?? getPath(status, "state.waiting.message") ?? "no detail";
  return {
    reason: `the image ${status.image} cannot be pulled (${reason}): ${detail}`,
    fix: "correct the image's hub and tag, or make the registry give it to the nodes",
    // The first failure may be caused by the network.
    certain: reason !== "ErrImagePull" && reason !== "RegistryUnavailable",
  };
};

const start: Explain = (broken) => {
  const reason = waitingReason(broken);
  const message = getPath(broken.status, "state.waiting.message") ?? "no detail";
  return START_REASONS.includes(reason)
    ? {
        reason: `cannot be started (${reason}): ${message}`,
        fix: "provide what the message names, or remove its use",
        certain: true,
      }
    : undefined;
};

/** Returns how the last run ended, or `undefined` if there was none. */
function ended(status: JsonObject): JsonObject | undefined {
  const found = getPath(status, "state.terminated") ?? getPath(status, "lastState.terminated");
  return isObject(found) ? found : undefined;
}

function restarts(status: JsonObject): number {
  return typeof status.restartCount === "number" ? status.restartCount : 0;
}

const memory: Explain = ({ status }) => {
  const end = ended(status);
  return end?.reason === "OOMKilled"
    ? {
        reason: `ran out of memory (OOMKilled, exit code ${end.exitCode ?? 137}, ${restarts(status)} restarts)`,
        fix: "raise the container's memory limit",
        certain: restarts(status) >= SURE_RESTARTS,
      }
    : undefined;
};

const crash: Explain = (broken) => {
  const { status } = broken;
  const end = ended(status);
  if (end === undefined) {
    return undefined;
  }
  const code = `exit code ${end.exitCode ?? "unknown"}`;
  const detail = [waitingReason(broken), code, conditionText(end), `${restarts(status)} restarts`];
  return {
    reason: `ends instead of running (${detail.filter((part) => part !== "").join(", ")})`,
    fix: "its log says why it ends; correct that setting or version",
    certain: restarts(status) >= SURE_RESTARTS,
  };
};

const probe: Explain = ({ pod, status, events }) => {
  if (getPath(status, "state.running") === undefined) {
    return undefined;
  }
  const failed = eventMessage(lastEvent(events, pod, ["Unhealthy"]));
  return {
    reason: `runs but is not ready${failed === undefined ? "" : `: ${failed}`}`,
    fix: "its log says what it waits for",
    certain: false,
  };
};

const setup: Explain = (broken) => {
  const event = lastEvent(broken.events, broken.pod, SETUP_EVENTS);
  const reason = waitingReason(broken);
  return {
    reason:
      event === undefined
        ? `has not started (${reason === "" ? "no reason given" : reason})`
        : `has not started: ${conditionText(event)}`,
    fix:
      event === undefined
        ? "look at the node it is on"
        : "provide what the message names; it goes on by itself then",
    certain: false,
  };
};

/** The first explanation that applies wins. The last one always applies. */
const EXPLANATIONS: readonly Explain[] = [image, start, memory, crash, probe, setup];

/** Explanations of a container that has run and therefore has a log. */
const WITH_LOG: readonly Explain[] = [memory, crash, probe];

/**
 * Returns what keeps pods from being ready, by what their containers report alone. Prefers a cause that
 * will not go away by itself.
 */
export function containersCause(pods: readonly JsonObject[]): Cause | undefined {
  const causes = pods
    .filter((pod) => !isReady(pod))
    .flatMap((pod) => {
      const broken = brokenContainer(pod);
      return broken === undefined ? [] : [containerCause(pod, broken, [])];
    });
  return worstCause(causes);
}

/** Returns whether waiting longer for a workload will not help. */
export function willNotEnd(workload: JsonObject, cause: Cause | undefined): boolean {
  return cause?.certain === true || hasGivenUp(workload);
}

/** Returns a cause that will not go away by itself, or else the first. */
export function worstCause(causes: readonly Cause[]): Cause | undefined {
  return causes.find(({ certain }) => certain) ?? causes[0];
}

/** Returns what keeps a container from being ready. */
export function containerCause(
  podObject: JsonObject,
  status: JsonObject,
  events: readonly JsonObject[],
): Cause {
  const pod = nameOf(podObject);
  const container = String(status.name);
  const broken = { pod, status, events };
  const explain = EXPLANATIONS.find((candidate) => candidate(broken) !== undefined) ?? setup;
  const { reason, fix, certain } = explain(broken) as Finding;
  // The current run has not yet logged why the previous run ended.
  const previous = explain !== probe && getPath(status, "state.running") !== undefined;
  return {
    text: describeTrouble({ pod, container, reason }),
    fix,
    certain,
    ...(WITH_LOG.includes(explain) && { log: { pod, container, previous } }),
  };
}
