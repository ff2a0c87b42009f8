import { someOf } from "../../common/lists";
import { labelsOf, MODE_LABEL } from "../../k8s/istioLabels";
import { getPath } from "../../k8s/path";
import { nameOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { passedNote } from "./passedNotes";
import type { DesiredMesh, LiveState } from "./types";

const CHECK = "cni-exclusions";

/**
 * Namespaces in ambient mode that the CNI node agent is told to leave out. Agents of before only left
 * out their new pods; those since take the others out of the mesh as well.
 */
export function checkCniExclusions(
  desired: DesiredMesh,
  { workloads, namespaces }: Pick<LiveState, "workloads" | "namespaces">,
): Finding[] {
  const note = passedNote(CHECK, desired, workloads);
  const { document, components } = desired.plan.primary;
  const list = getPath(document, "spec.values.cni.excludeNamespaces");
  const excluded = Array.isArray(list) ? list : [];
  const hit = namespaces
    .filter((one) => labelsOf(one)[MODE_LABEL] === "ambient" && excluded.includes(nameOf(one)))
    .map(nameOf);
  if (
    note === undefined ||
    hit.length === 0 ||
    !components.some(({ component }) => component.name === "cni")
  ) {
    return [];
  }
  const reason = `${someOf(hit)} ${hit.length === 1 ? "is" : "are"} in ambient mode, and in values.cni.excludeNamespaces: since Istio ${note.minor} the node agent takes pods that are in the mesh out of it (${note.source})`;
  const fix = `take ${hit.length === 1 ? "it" : "them"} out of values.cni.excludeNamespaces, or out of the mesh: kubectl label namespace ${hit.join(" ")} ${MODE_LABEL}-`;
  return [findingsOf(CHECK).warning("Namespace", reason, fix)];
}

export const cniExclusions = precheckOf({
  id: CHECK,
  title: "namespaces without CNI",
  fine: "none is in ambient mode",
  needs: ["desired", "workloads", "namespaces"],
  run: ({ desired, ...live }) => checkCniExclusions(desired, live),
});
