import { isObject, type Json } from "../common/json";
import { annotationsOf, labelsOf, REVISION_LABEL } from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";

/**
 * What Istio's chart `default` has and its chart `base` lacks (the Helm repository does not
 * contain `default`): configuration with its own revision goes only to the validator of that
 * revision.
 */
const OBJECT_SELECTOR = {
  matchExpressions: [{ key: REVISION_LABEL, operator: "DoesNotExist" }],
};

function withSelector(webhook: Json): Json {
  return isObject(webhook) ? { ...webhook, objectSelector: OBJECT_SELECTOR } : webhook;
}

/**
 * Returns the validation URL of an external istiod.
 *
 * @example validationUrl("https://istiod.example:15017/inject") // "https://istiod.example:15017/validate"
 */
export function validationUrl(injectionUrl: string): string {
  const url = new URL(injectionUrl);
  url.pathname = "/validate";
  return url.toString();
}

/**
 * Returns the default validator of a `default` tag: that of the chart `base`, with the tag's
 * labels.
 *
 * @param fromBase `istiod-default-validator` as the chart `base` renders it
 * @param tagWebhook the tag's MutatingWebhookConfiguration
 */
export function tagValidator(fromBase: K8sObject, tagWebhook: K8sObject): K8sObject {
  const { app: _, ...shared } = labelsOf(tagWebhook);
  const labels = { ...labelsOf(fromBase), ...shared };
  const annotations = { ...annotationsOf(fromBase), ...annotationsOf(tagWebhook) };
  const webhooks = Array.isArray(fromBase.webhooks) ? fromBase.webhooks : [];
  return {
    ...fromBase,
    metadata: {
      ...fromBase.metadata,
      labels,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    webhooks: webhooks.map(withSelector),
  };
}
