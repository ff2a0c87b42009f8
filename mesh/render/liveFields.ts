import { isObject, type Json } from "../common/json";
import { isWebhook, type K8sObject } from "../k8s/objects";

/**
 * Fields of a validating webhook that istiod writes once it runs: it fills in the certificate and
 * changes `failurePolicy` from Ignore to Fail. Applying the chart's values again would conflict
 * with istiod (istio#57643, pulumi-kubernetes#2210).
 */
const OWNED_BY_ISTIOD = ["failurePolicy"];

function withoutOwned(webhook: Json): Json {
  return isObject(webhook)
    ? Object.fromEntries(Object.entries(webhook).filter(([key]) => !OWNED_BY_ISTIOD.includes(key)))
    : webhook;
}

/** An empty CA bundle would overwrite the one that istiod has written. */
function withoutEmptyBundle(webhook: Json): Json {
  if (!isObject(webhook) || !isObject(webhook.clientConfig)) {
    return webhook;
  }
  const { caBundle, ...client } = webhook.clientConfig;
  return caBundle === "" ? { ...webhook, clientConfig: client } : webhook;
}

/** istiod does not patch a webhook whose CA bundle comes from the values. */
function hasOwnCaBundle(webhook: Json): boolean {
  const config = isObject(webhook) && isObject(webhook.clientConfig) ? webhook.clientConfig : {};
  return config.caBundle !== undefined && config.caBundle !== "";
}

/**
 * Returns an object without the fields that istiod writes into it later. Server-side apply then
 * leaves such a field as istiod wrote it.
 *
 * A webhook that is created without `failurePolicy` refuses Istio configuration until istiod is
 * ready. The configuration that this package creates waits for istiod.
 */
export function withoutLiveFields(object: K8sObject): K8sObject {
  if (!isWebhook(object) || !Array.isArray(object.webhooks)) {
    return object;
  }
  const all = object.webhooks.map(withoutEmptyBundle);
  const isValidator = object.kind === "ValidatingWebhookConfiguration";
  const isSame = all.every((hook, index) => hook === (object.webhooks as Json[])[index]);
  if (!isValidator && isSame) {
    return object;
  }
  const webhooks = all.map((hook) =>
    isValidator && !hasOwnCaBundle(hook) ? withoutOwned(hook) : hook,
  );
  return { ...object, webhooks };
}
