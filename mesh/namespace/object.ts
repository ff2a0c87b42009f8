import { REVISION_LABEL } from "../injection/labels";
import type { K8sObject } from "../patch/types";
import type { NamespaceInputs } from "./types";

/** A namespace with the label that names its revision or tag. */
export function labelledNamespace({ name, revision }: NamespaceInputs): K8sObject {
  const labels = { [REVISION_LABEL]: revision };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}
