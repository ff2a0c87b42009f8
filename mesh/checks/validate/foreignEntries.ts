import type { Workload } from "../../guard/rollout";
import { managersOf } from "../../k8s/managers";
import type { K8sObject } from "../../k8s/objects";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { foreignEntryFindings } from "../foreignEntries";
import { validationOf } from "./define";
import type { MeshState, Read } from "./state";

const report = findingsOf("foreign-entries");

function findingsFor({ kind, object }: Workload): Finding[] {
  return foreignEntryFindings({ ...object, kind } as unknown as K8sObject);
}

/** The mesh's own workloads have no entries of others in their lists. */
export function checkForeignEntries({ workloads }: Pick<Read<MeshState>, "workloads">): Finding[] {
  // Of others, the field managers are not kept.
  const own = workloads.filter(({ object }) => managersOf(object).length > 0);
  const found = own.flatMap(findingsFor);
  return found.length > 0
    ? found
    : [report.ok("workloads of the mesh", "have no entries of others in their lists")];
}

export const foreignEntries = validationOf({
  id: "foreign-entries",
  needs: ["workloads"],
  run: checkForeignEntries,
});
