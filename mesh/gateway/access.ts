import type { K8sObject } from "../k8s/objects";
import type { GatewayInputs } from "../model/gatewayInputs";
import { metadata, serviceAccountName } from "./metadata";

/** The account that the pods run as. */
export function serviceAccount(inputs: GatewayInputs): K8sObject {
  const { annotations } = inputs.serviceAccount ?? {};
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      ...metadata(inputs, serviceAccountName(inputs)),
      ...(annotations !== undefined && { annotations: { ...annotations } }),
    },
  };
}

/**
 * Allows reading the Secrets of the gateway's namespace and nothing else. istiod sends a
 * certificate only to a proxy whose account may read it (SDS). Source: Istio's chart `gateway`.
 */
export function role(inputs: GatewayInputs): K8sObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: metadata(inputs, inputs.name),
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "watch", "list"] }],
  };
}

/** Grants {@link role} to {@link serviceAccount}. */
export function roleBinding(inputs: GatewayInputs): K8sObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: metadata(inputs, inputs.name),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: inputs.name },
    subjects: [
      {
        kind: "ServiceAccount",
        name: serviceAccountName(inputs),
        namespace: inputs.namespace,
      },
    ],
  };
}
