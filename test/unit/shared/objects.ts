import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";

export const A = "pulumi-service-mesh/acme/mesh/a";
export const B = "pulumi-service-mesh/acme/mesh/b";

/** An object with its field managers. */
export function managed(object: K8sObject, ...managers: readonly string[]): K8sObject {
  const managedFields = managers.map((manager) => ({
    manager,
    operation: manager.startsWith("pulumi-") ? "Apply" : "Update",
    apiVersion: object.apiVersion,
    fieldsType: "FieldsV1",
    fieldsV1: { "f:data": {} },
  }));
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

export function annotated(object: K8sObject, annotations: JsonObject): K8sObject {
  const before = object.metadata.annotations as JsonObject | undefined;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...before, ...annotations } },
  };
}

function object(apiVersion: string, kind: string, name: string, namespace?: string): K8sObject {
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } };
}

export const NAMESPACE = object("v1", "Namespace", "istio-system");
export const READER = object(
  "v1",
  "ServiceAccount",
  "istio-reader-service-account",
  "istio-system",
);
export const CNI = object("apps/v1", "DaemonSet", "istio-cni-node", "kube-system");
export const CNI_CONFIG = object("v1", "ConfigMap", "istio-cni-config", "kube-system");
export const VALIDATOR = object(
  "admissionregistration.k8s.io/v1",
  "ValidatingWebhookConfiguration",
  "istiod-default-validator",
);

export function istiodOf(manager: string, revision: string): JsonObject {
  const deployment = object("apps/v1", "Deployment", `istiod-${revision}`, "istio-system");
  const labels = { app: "istiod", "istio.io/rev": revision };
  return managed({ ...deployment, metadata: { ...deployment.metadata, labels } }, manager);
}
