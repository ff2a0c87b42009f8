import { readFileSync, writeFileSync } from "node:fs";
import { succeeded } from "../../adapters/cluster/cluster";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { liveCluster } from "./liveCluster";

const NAMESPACE = "default";

/** One rule of a ClusterRole. */
export interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}

/** May read everything and write nothing. */
export const READER: readonly Rule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] },
];

/** One rule for each right, in the whole cluster. */
export function rulesFor(
  rights: readonly { readonly verb: string; readonly group: string; readonly resource: string }[],
): Rule[] {
  return rights.map(({ verb, group, resource }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  }));
}

function objects(name: string, rules: readonly Rule[]): K8sObject[] {
  const rbac = "rbac.authorization.k8s.io";
  const metadata = { name };
  const subjects = [{ kind: "ServiceAccount", name, namespace: NAMESPACE }];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: NAMESPACE } },
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRole",
      metadata,
      rules: rules.map((rule) => ({ ...rule })),
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata,
      subjects,
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
    },
  ];
}

/**
 * Makes a user of a cluster who may do what the rules say and no more.
 *
 * @param kubeconfig of somebody who may do everything
 * @returns path of the user's own kubeconfig, beside it
 */
export async function limitedUser(
  kubeconfig: string,
  name: string,
  rules: readonly Rule[],
): Promise<string> {
  const live = liveCluster(kubeconfig);
  for (const object of objects(name, rules)) {
    await live.apply(object);
  }
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`;
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const answer = await live.cluster.call("POST", path, request as unknown as JsonObject);
  const token = getPath(succeeded(path, answer), "status.token");
  const config = JSON.parse(readFileSync(kubeconfig, "utf8")) as JsonObject;
  const users = [{ name: "admin", user: { token } }];
  const own = `${kubeconfig}-${name}`;
  writeFileSync(own, JSON.stringify({ ...config, users }));
  return own;
}
