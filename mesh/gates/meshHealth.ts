import type { Finding } from "../checks/finding";
import { isNotChecked } from "../checks/findings";
import type { MeshState } from "../checks/validate/state";
import { validateMesh } from "../checks/validate/validate";
import type { JsonObject } from "../common/json";
import { someOf } from "../common/lists";
import { getPath } from "../k8s/path";
import { listAt, nameOf, namespaceOf, PROXY_CONTAINER } from "../k8s/workload";
import type { MeshGate } from "../model/gateInputs";
import { nodeAgentOf } from "../snapshot/agents";
import { isIstiod } from "../snapshot/controlPlanes";
import { isGateway } from "../snapshot/gateways";
import { hasEnded, proxyOf } from "../snapshot/proxies";
import { isUnread, itemsOf } from "../snapshot/snapshot";
import type { Measurement } from "./decide";

/** Whose pod it is: the mesh's own, or a workload's that has a proxy. `undefined` for all others. */
function ownerOf(pod: JsonObject): "mesh" | "workload" | undefined {
  if (isIstiod(pod) || nodeAgentOf(pod) !== undefined || isGateway(pod)) {
    return "mesh";
  }
  return proxyOf(pod) === undefined ? undefined : "workload";
}

/** Returns a time of Kubernetes in milliseconds since 1970; 0 if there is none. */
function timeAt(object: JsonObject, path: string): number {
  const text = getPath(object, path);
  return typeof text === "string" ? Date.parse(text) : 0;
}

const titleOf = (pod: JsonObject) => `${namespaceOf(pod)}/${nameOf(pod)}`;

/** Kubernetes writes whole seconds. */
const SECOND_MS = 1000;

function isSince(time: number, since: number): boolean {
  return time >= Math.floor(since / SECOND_MS) * SECOND_MS;
}

function restartedContainers(pod: JsonObject, since: number): string[] {
  const statuses = [
    ...listAt(pod, "status.containerStatuses"),
    ...listAt(pod, "status.initContainerStatuses"),
  ];
  return statuses
    .filter(({ restartCount }) => typeof restartCount === "number" && restartCount > 0)
    .filter((status) => isSince(timeAt(status, "lastState.terminated.finishedAt"), since))
    .map(({ name }) => String(name));
}

/** A workload's own containers are its own affair; its proxy is the mesh's. */
function restartOf(pod: JsonObject, since: number): string[] {
  const owner = ownerOf(pod);
  const restarted = restartedContainers(pod, since).filter(
    (name) => owner === "mesh" || name === PROXY_CONTAINER,
  );
  return owner === undefined || restarted.length === 0
    ? []
    : [`${titleOf(pod)} (${restarted.join(", ")})`];
}

/** A workload's pod that was pending before the stage began is none of its doing. */
function isPending(pod: JsonObject, since: number): boolean {
  const owner = ownerOf(pod);
  const isNew = isSince(timeAt(pod, "metadata.creationTimestamp"), since);
  return getPath(pod, "status.phase") === "Pending" && owner !== undefined
    ? owner === "mesh" || isNew
    : false;
}

function isLeaving(pod: JsonObject): boolean {
  return getPath(pod, "metadata.deletionTimestamp") !== undefined;
}

/** Returns in words what is wrong with pods. */
function podFaults(pods: readonly JsonObject[], since: number): string[] {
  const living = pods.filter((pod) => !hasEnded(pod) && !isLeaving(pod));
  const restarted = living.flatMap((pod) => restartOf(pod, since));
  const pending = living.filter((pod) => isPending(pod, since)).map(titleOf);
  return [
    ...(restarted.length === 0 ? [] : [`restarted since the stage began: ${someOf(restarted)}`]),
    ...(pending.length === 0 ? [] : [`pending: ${someOf(pending)}`]),
  ];
}

const SYNC_CHECK = "proxy-sync";

/** Out of sync is a warning of `mesh validate`, because proxies are so for a moment after each change. */
function isFault({ check, severity }: Finding): boolean {
  return severity === "error" || (check === SYNC_CHECK && severity === "warning");
}

const findingText = ({ check, object, reason }: Finding) => `[${check}] ${object}: ${reason}`;

/** At most so many faults are written out. */
const SHOWN = 5;

/** Joins sentences, which have commas of their own. */
function joined(faults: readonly string[]): string {
  const rest = faults.length - SHOWN;
  const shown = faults.slice(0, SHOWN).join("; ");
  return rest > 0 ? `${shown}; and ${rest} more` : shown;
}

/** Which ids of checks were left out because they could not read what they need. */
function uncheckedText(findings: readonly Finding[], { pods }: MeshState): string {
  const ids = findings.filter(isNotChecked).map(({ check }) => check);
  const all = [...new Set([...ids, ...(isUnread(pods) ? ["pods"] : [])])];
  return all.length === 0 ? "" : `; not checked: ${someOf(all)}`;
}

/**
 * Measures whether the mesh is well: no error of `mesh validate`, all proxies in sync, and of the pods of
 * the mesh and of proxies none is pending or has restarted.
 *
 * @param since when the stage began, in milliseconds since 1970
 * @example meshHealth(state, Date.now(), { kind: "mesh" }).outcome // "good"
 */
export function meshHealth(
  state: MeshState,
  since: number,
  { ignore = [] }: MeshGate,
): Measurement {
  const findings = validateMesh(state).filter(({ check }) => !ignore.includes(check));
  const faults = [
    ...findings.filter(isFault).map(findingText),
    ...podFaults(itemsOf(state.pods), since),
  ];
  const left = uncheckedText(findings, state);
  return faults.length === 0
    ? { outcome: "good", saw: `the mesh is well${left}` }
    : { outcome: "bad", saw: `${joined(faults)}${left}` };
}
