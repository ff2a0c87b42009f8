import { REVISION_LABEL, revisionLabel } from "../injection/labels";
import { dataPlane } from "../managed/dataPlane";
import type { K8sObject } from "../patch/types";
import type { NamespaceInputs } from "./types";

/** A namespace with the label that names its revision or tag, and what it says of its data plane. */
export function labelledNamespace({
  name,
  revision,
  managedDataPlane,
}: NamespaceInputs): K8sObject {
  const labels = { [REVISION_LABEL]: revisionLabel(revision) };
  const annotations = dataPlane(managedDataPlane);
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels, ...(managedDataPlane !== undefined && { annotations }) },
  };
}
