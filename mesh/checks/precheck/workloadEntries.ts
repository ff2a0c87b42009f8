import { someOf } from "../../common/lists";
import { annotationsOf, labelsOf } from "../../k8s/istioLabels";
import type { K8sObject } from "../../k8s/objects";
import { nameOf, namespaceOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { passedNote } from "./passedNotes";
import type { DesiredMesh, LiveState } from "./types";

const CHECK = "workload-entries";
const REGISTERED = "istio.io/autoRegistrationGroup";
const TUNNEL = "networking.istio.io/tunnel";

/** Returns whether the check has something to look for: the upgrade passes the note, and the mesh is ambient. */
export function asksForWorkloadEntries(
  desired: DesiredMesh,
  workloads: readonly K8sObject[],
): boolean {
  const { components } = desired.plan.primary;
  return (
    components.some(({ component }) => component.name === "ztunnel") &&
    passedNote(CHECK, desired, workloads) !== undefined
  );
}

/**
 * WorkloadEntries that registered themselves before istiod gave them the label of the HBONE tunnel: they
 * stay without it, and are reached without mutual TLS.
 */
export function checkWorkloadEntries(
  desired: DesiredMesh,
  { workloads, workloadEntries }: Pick<LiveState, "workloads" | "workloadEntries">,
): Finding[] {
  const note = passedNote(CHECK, desired, workloads);
  const plain = workloadEntries.filter(
    (entry) =>
      annotationsOf(entry)[REGISTERED] !== undefined && labelsOf(entry)[TUNNEL] === undefined,
  );
  if (note === undefined || plain.length === 0 || !asksForWorkloadEntries(desired, workloads)) {
    return [];
  }
  const names = someOf(plain.map((entry) => `${namespaceOf(entry)}/${nameOf(entry)}`));
  const [first] = plain;
  const reason = `${names} registered themselves without the label ${TUNNEL}: also after the upgrade they are reached without mutual TLS (${note.source})`;
  const fix = `have their workloads connect anew, or label those that speak HBONE: kubectl -n ${namespaceOf(first ?? {})} label workloadentry ${nameOf(first ?? {})} ${TUNNEL}=http`;
  return [findingsOf(CHECK).warning("WorkloadEntry", reason, fix)];
}

export const registeredEntries = precheckOf({
  id: CHECK,
  title: "WorkloadEntries",
  fine: "none lacks the label of the HBONE tunnel",
  needs: ["desired", "workloads", "workloadEntries"],
  run: ({ desired, ...live }) => checkWorkloadEntries(desired, live),
});
