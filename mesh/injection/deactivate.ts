import { isObject, type Json } from "../common/json";
import { DEFAULT_REVISION, labelsOf, REVISION_LABEL, TAG_LABEL } from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { DEACTIVATED_LABEL } from "./explain";

const NEVER = { matchLabels: { [DEACTIVATED_LABEL]: "never-match" } };

function deactivated(webhook: Json): Json {
  return isObject(webhook)
    ? { ...webhook, namespaceSelector: NEVER, objectSelector: NEVER }
    : webhook;
}

/** Returns whether an object is the injector of Istio's default revision, and not of a tag. */
export function isDefaultInjector(object: K8sObject): boolean {
  const labels = labelsOf(object);
  return (
    object.kind === "MutatingWebhookConfiguration" &&
    labels[REVISION_LABEL] === DEFAULT_REVISION &&
    labels[TAG_LABEL] === undefined
  );
}

/** Returns an injector that matches no pod and is otherwise unchanged. */
export function deactivateInjector(injector: K8sObject): K8sObject {
  return Array.isArray(injector.webhooks)
    ? { ...injector, webhooks: injector.webhooks.map(deactivated) }
    : injector;
}

/**
 * Returns the objects of a default revision that has a `default` tag beside it: its injector stays
 * but matches no pod, because the tag's webhook now serves those pods. Other objects are returned
 * unchanged.
 *
 * @see Istio `istioctl/pkg/tag` (DeactivateIstioInjectionWebhook), which `istioctl tag set default` calls
 */
export function deactivateDefaultInjector(objects: readonly K8sObject[]): K8sObject[] {
  return objects.map((object) => (isDefaultInjector(object) ? deactivateInjector(object) : object));
}
