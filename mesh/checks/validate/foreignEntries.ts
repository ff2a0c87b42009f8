import type { JsonObject } from "../../common/json";
import { labelsOf } from "../../k8s/istioLabels";
import { managersOf, STACK_MANAGER } from "../../k8s/managers";
import type { K8sObject } from "../../k8s/objects";
import type { Workload } from "../../k8s/workload";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { foreignEntryFindings } from "../foreignEntries";
import { validationOf } from "./define";
import type { MeshState } from "./state";

const report = findingsOf("foreign-entries");

/** Returns whether a stack or Istio's charts have installed a workload. */
function isOfMesh(object: JsonObject): boolean {
  return (
    managersOf(object).some(({ manager }) => manager.startsWith(STACK_MANAGER)) ||
    labelsOf(object)["operator.istio.io/component"] !== undefined
  );
}

function findingsFor({ kind, object }: Workload): Finding[] {
  return foreignEntryFindings({ ...object, kind } as unknown as K8sObject);
}

/** Checks that nobody else has entries in the lists of the mesh's own workloads. */
export function checkForeignEntries({ workloads }: Pick<Read<MeshState>, "workloads">): Finding[] {
  const found = workloads.filter(({ object }) => isOfMesh(object)).flatMap(findingsFor);
  return found.length > 0
    ? found
    : [report.ok("workloads of the mesh", "have no entries of others in their lists")];
}

export const liveForeignEntries = validationOf({
  id: "foreign-entries",
  needs: ["workloads"],
  run: checkForeignEntries,
});
