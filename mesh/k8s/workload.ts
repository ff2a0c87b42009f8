import { isObject, type Json, type JsonObject } from "../common/json";
import { type Labels, labelsOf } from "./istioLabels";
import { identityOf, type K8sObject, podTemplate } from "./objects";
import { getPath } from "./path";
import { matches, meets, requirementsOf } from "./selector";

/** Kinds that keep pods running. */
export const WORKLOAD_KINDS: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"];

/** Returns the maps in the list at a path; none if there is no list. */
export function listAt(object: JsonObject, path: string): JsonObject[] {
  const value = getPath(object, path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The container of every proxy. In newer versions, it is an init container that keeps running. */
export const PROXY_CONTAINER = "istio-proxy";

/** Returns the containers of a pod or a pod template, and after them its init containers. */
export function containersOf(pod: JsonObject): JsonObject[] {
  return [...listAt(pod, "spec.containers"), ...listAt(pod, "spec.initContainers")];
}

/** Returns the number at a path, or 0 if there is none, because controllers leave out zeros. */
export function countAt(object: JsonObject, path: string): number {
  const value = getPath(object, path);
  return typeof value === "number" ? value : 0;
}

/**
 * Returns the name of an object.
 *
 * @example nameOf(pod) // "istiod-1-31-0-6c4f"
 */
export function nameOf(object: JsonObject): string {
  return String(getPath(object, "metadata.name") ?? "");
}

export function namespaceOf(object: JsonObject): string {
  return String(getPath(object, "metadata.namespace") ?? "");
}

/** The template of a workload's pods, as if it were one; empty where it has none. */
export function templateOf(workload: JsonObject): JsonObject {
  const template = getPath(workload, "spec.template");
  return isObject(template) ? template : {};
}

export function condition(object: JsonObject, type: string): JsonObject | undefined {
  return listAt(object, "status.conditions").find((item) => item.type === type);
}

/** Returns the text of a condition, a container's state or an event. */
export function conditionText(found: JsonObject): string {
  const { reason, message } = found;
  return [reason, message].filter((part) => typeof part === "string" && part !== "").join(": ");
}

/** What keeps a pod from being ready. */
export interface PodTrouble extends Culprit {
  readonly reason: string;
}

function stateReason(state: Json | undefined): string | undefined {
  if (!isObject(state)) {
    return undefined;
  }
  const { waiting, terminated } = state;
  if (isObject(waiting)) {
    return conditionText(waiting);
  }
  return isObject(terminated)
    ? `${conditionText(terminated)} (exit code ${terminated.exitCode ?? "unknown"})`
    : undefined;
}

function lastExit(status: JsonObject): string {
  const terminated = getPath(status, "lastState.terminated");
  return isObject(terminated)
    ? `, last ended with exit code ${terminated.exitCode ?? "unknown"} (${terminated.reason ?? "no reason"})`
    : "";
}

function containerTrouble(pod: string, status: JsonObject): PodTrouble {
  const reason = stateReason(status.state) ?? "runs but is not ready";
  return { pod, container: String(status.name), reason: reason + lastExit(status) };
}

export function isReady(pod: JsonObject): boolean {
  return condition(pod, "Ready")?.status === "True";
}

/** Returns the pods that are not being deleted. */
export function staying(pods: readonly JsonObject[]): JsonObject[] {
  return pods.filter((pod) => getPath(pod, "metadata.deletionTimestamp") === undefined);
}

/**
 * Returns the condition that says why no node accepts a pod, or `undefined` once the pod is
 * scheduled.
 */
export function unscheduled(pod: JsonObject): JsonObject | undefined {
  const found = condition(pod, "PodScheduled");
  return found?.status === "False" ? found : undefined;
}

/** Returns the status of the first container that is not ready. Init containers come first. */
export function brokenContainer(pod: JsonObject): JsonObject | undefined {
  const init = listAt(pod, "status.initContainerStatuses").filter(
    (status) => status.ready !== true && getPath(status, "state.terminated.exitCode") !== 0,
  );
  const statuses = [...init, ...listAt(pod, "status.containerStatuses")];
  return statuses.find((status) => status.ready !== true);
}

/** Returns what keeps a pod from being ready, or `undefined` if it is ready. */
export function podTrouble(pod: JsonObject): PodTrouble | undefined {
  const name = nameOf(pod);
  if (isReady(pod)) {
    return undefined;
  }
  const homeless = unscheduled(pod);
  if (homeless !== undefined) {
    return { pod: name, reason: conditionText(homeless) };
  }
  const broken = brokenContainer(pod);
  return broken === undefined
    ? { pod: name, reason: `is ${String(getPath(pod, "status.phase") ?? "Pending")}` }
    : containerTrouble(name, broken);
}

/**
 * Returns the trouble of a pod as a text.
 *
 * @example describeTrouble({ pod: "istiod-0", container: "discovery", reason: "CrashLoopBackOff" }) // "pod istiod-0, container discovery: CrashLoopBackOff"
 */
export function describeTrouble({ pod, container, reason }: PodTrouble): string {
  return container === undefined
    ? `pod ${pod}: ${reason}`
    : `pod ${pod}, container ${container}: ${reason}`;
}

/** Returns the first trouble among pods, without those that are being deleted. */
export function firstTrouble(pods: readonly JsonObject[]): PodTrouble | undefined {
  return staying(pods)
    .map(podTrouble)
    .find((trouble) => trouble !== undefined);
}

/** Returns whether a Deployment serves: at least one of its pods is available. */
export function isAvailable(deployment: JsonObject): boolean {
  // Kubernetes considers a Deployment that is scaled to 0 available.
  const isScaledToNone = getPath(deployment, "spec.replicas") === 0;
  return !isScaledToNone && condition(deployment, "Available")?.status === "True";
}

/** Returns why a Deployment has no pods, as its controller reports it. */
export function deploymentTrouble(deployment: JsonObject): string {
  const failure = condition(deployment, "ReplicaFailure") ?? condition(deployment, "Progressing");
  if (getPath(deployment, "spec.replicas") === 0) {
    return "it is scaled to 0";
  }
  return failure === undefined ? "it has no pods yet" : conditionText(failure);
}

/** Returns whether the controller has given up on a Deployment. */
export function hasGivenUp(deployment: JsonObject): boolean {
  return condition(deployment, "Progressing")?.reason === "ProgressDeadlineExceeded";
}

/** A container that something waits for. */
export interface Culprit {
  readonly pod: string;
  /** Absent while the pod has no container yet, for example because it is not scheduled. */
  readonly container?: string;
}

/** Kinds of workloads that restart when their pod template changes. */
export type WorkloadKind = "Deployment" | "StatefulSet" | "DaemonSet";

/** Returns the labels of the pods that a workload makes. */
export function podLabels(workload: K8sObject): Labels {
  return labelsOf(podTemplate(workload));
}

/** Returns whether a selector (of a PodDisruptionBudget, for example) matches the pods of a workload. */
export function selectsPodsOf(selector: Json | undefined, workload: K8sObject): boolean {
  return matches(selector, podLabels(workload));
}

export const sameNamespace = (one: K8sObject, other: K8sObject) =>
  identityOf(one).namespace === identityOf(other).namespace;

/** A workload as the API server lists it, with its kind, because the items of a list have none. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly object: JsonObject;
}

/** Returns the pods that a workload's selector matches and that are not terminating. */
export function podsOf({ object }: Workload, pods: readonly JsonObject[]): JsonObject[] {
  const selector = requirementsOf(getPath(object, "spec.selector"));
  return pods.filter(
    (pod) =>
      selector.length > 0 &&
      getPath(pod, "metadata.deletionTimestamp") === undefined &&
      selector.every((requirement) => meets(requirement, labelsOf(pod))),
  );
}
