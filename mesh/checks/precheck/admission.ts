import { isObject, type Json, type JsonObject } from "../../common/json";
import { type Labels, labelsOf } from "../../k8s/istioLabels";
import { groupOf, identityOf, type K8sObject, podTemplate } from "../../k8s/objects";
import { matches } from "../../k8s/selector";
import { listAt, namespaceOf } from "../../k8s/workload";

/** The labels of namespaces, by name. */
export type NamespaceLabels = ReadonlyMap<string, Labels>;

/** Returns the usual plurals of a kind. No kind that a mesh uses has another. */
function pluralsOf({ kind }: K8sObject): string[] {
  const name = kind.toLowerCase();
  return [`${name}s`, `${name}es`, name.replace(/y$/, "ies")];
}

function includesAny(list: Json | undefined, wanted: readonly string[]): boolean {
  return Array.isArray(list) && list.some((item) => wanted.includes(String(item)));
}

function covers(rule: JsonObject, object: K8sObject): boolean {
  return (
    includesAny(rule.operations, ["CREATE", "*"]) &&
    includesAny(rule.apiGroups, [groupOf(object.apiVersion), "*"]) &&
    includesAny(rule.resources, [...pluralsOf(object), "*", "*/*"])
  );
}

/** Returns whether the API server calls a webhook before it creates an object. */
export function isAsked(
  webhook: JsonObject,
  object: K8sObject,
  namespaces: NamespaceLabels,
): boolean {
  const place = namespaceOf(object);
  const labels: Labels = {
    "kubernetes.io/metadata.name": place,
    ...namespaces.get(place),
  };
  return (
    listAt(webhook, "rules").some((rule) => covers(rule, object)) &&
    matches(webhook.objectSelector, labelsOf(object)) &&
    // A namespace selector does not apply to objects without a namespace.
    (place === "" || matches(webhook.namespaceSelector, labels))
  );
}

/** Returns the pod of a workload, or `undefined` for another object. */
function podOf(object: K8sObject): K8sObject | undefined {
  const template = podTemplate(object);
  const metadata = isObject(template?.metadata) ? template.metadata : {};
  const { namespace } = identityOf(object);
  return template === undefined
    ? undefined
    : { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, namespace } };
}

/** Returns what the API server would create in an update: objects, and the pods of workloads. */
export function createdBy(objects: readonly K8sObject[]): K8sObject[] {
  const pods = objects.map(podOf).filter((pod) => pod !== undefined);
  return [...objects, ...pods];
}
