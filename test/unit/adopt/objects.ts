import type { JsonObject } from "../../../mesh/common/json";
import type { ManagerEntry } from "../../../mesh/k8s/managers";
import type { K8sObject } from "../../../mesh/k8s/objects";

export const STACK = "pulumi-service-mesh/acme/mesh/prod";

/** An entry of `managedFields`, as an installer that creates objects leaves it. */
export function entry(
  manager: string,
  fieldsV1: JsonObject,
  more: Partial<ManagerEntry> = {},
): ManagerEntry {
  const base = { manager, operation: "Update", apiVersion: "apps/v1", fieldsType: "FieldsV1" };
  return { ...base, fieldsV1, ...more } as ManagerEntry;
}

interface Marks {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Deployment in the cluster, with its managers. */
export function live(entries: readonly ManagerEntry[], marks: Marks = {}): K8sObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "istiod",
      namespace: "istio-system",
      labels: { ...marks.labels },
      annotations: { ...marks.annotations },
      managedFields: [...entries],
    },
    spec: { replicas: 2, paused: true, template: { spec: { hostNetwork: true } } },
  };
}
