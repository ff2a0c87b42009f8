import { REVISION_LABEL, revisionLabel } from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { dataPlane } from "../managed/dataPlane";
import type { NamespaceInputs } from "../model/namespaceInputs";

/** Returns a namespace with the label of its revision or tag, and its data plane annotation. */
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
