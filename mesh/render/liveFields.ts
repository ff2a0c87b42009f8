import { isObject, type Json } from "../json";
import type { K8sObject } from "../patch/types";

/**
 * The fields of a validating webhook that istiod writes itself once it runs: it fills in the
 * certificate, and turns `failurePolicy` from Ignore to Fail. To apply the chart's values again
 * would fight with it (istio#57643, pulumi-kubernetes#2210).
 */
const OWNED_BY_ISTIOD = ["failurePolicy"];

function withoutOwned(webhook: Json): Json {
  return isObject(webhook)
    ? Object.fromEntries(Object.entries(webhook).filter(([key]) => !OWNED_BY_ISTIOD.includes(key)))
    : webhook;
}

/** A webhook whose CA bundle comes from the values is not patched by istiod. */
function hasOwnCaBundle(webhook: Json): boolean {
  const config = isObject(webhook) && isObject(webhook.clientConfig) ? webhook.clientConfig : {};
  return config.caBundle !== undefined && config.caBundle !== "";
}

/**
 * An object without the fields that istiod writes into it later. Applied with server-side apply,
 * such a field then stays as istiod left it.
 *
 * A webhook that is created without `failurePolicy` refuses Istio configuration until istiod is
 * ready; what we create ourselves waits for istiod.
 */
export function withoutLiveFields(object: K8sObject): K8sObject {
  if (object.kind !== "ValidatingWebhookConfiguration" || !Array.isArray(object.webhooks)) {
    return object;
  }
  const webhooks = object.webhooks.map((hook) =>
    hasOwnCaBundle(hook) ? hook : withoutOwned(hook),
  );
  return { ...object, webhooks };
}
