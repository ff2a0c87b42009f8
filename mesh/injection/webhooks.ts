import { isObject, type Json, type JsonObject } from "../common/json";
import { labelsOf, REVISION_LABEL, TAG_LABEL } from "../k8s/istioLabels";
import { type Requirement, requirementsOf } from "../k8s/selector";

/** The names of Istio's injectors end with this. Other mutating webhooks inject no proxy. */
const INJECTOR = "sidecar-injector.istio.io";

/** Where the API server sends a webhook's calls. */
export type WebhookService =
  | { readonly kind: "service"; readonly namespace: string; readonly name: string }
  | { readonly kind: "url"; readonly url: string };

/** One webhook that injects proxies, read from a MutatingWebhookConfiguration. */
export interface InjectionWebhook {
  /** The name of the MutatingWebhookConfiguration. */
  readonly config: string;
  /** The name of the webhook in it, such as `rev.namespace.sidecar-injector.istio.io`. */
  readonly webhook: string;
  /** The revision whose istiod answers. `default` for Istio's default revision. */
  readonly revision: string;
  /** The revision tag, if the configuration belongs to one. */
  readonly tag?: string;
  readonly service: WebhookService;
  readonly hasCaBundle: boolean;
  readonly namespaceSelector: readonly Requirement[];
  readonly objectSelector: readonly Requirement[];
}

/**
 * Returns the configuration and the name of a webhook.
 *
 * @example webhookTitle(webhook) // "istio-sidecar-injector-1-31-0/rev.namespace.sidecar-injector.istio.io"
 */
export function webhookTitle({ config, webhook }: InjectionWebhook): string {
  return `${config}/${webhook}`;
}

function includesAny(list: Json | undefined, ...wanted: readonly string[]): boolean {
  return Array.isArray(list) && list.some((item) => wanted.includes(String(item)));
}

function coversPods(rule: Json): boolean {
  return (
    isObject(rule) &&
    includesAny(rule.operations, "CREATE", "*") &&
    includesAny(rule.apiGroups, "", "*") &&
    includesAny(rule.apiVersions, "v1", "*") &&
    includesAny(rule.resources, "pods", "*", "*/*") &&
    rule.scope !== "Cluster"
  );
}

function isInjector(webhook: Json): webhook is JsonObject {
  return (
    isObject(webhook) &&
    String(webhook.name).endsWith(INJECTOR) &&
    Array.isArray(webhook.rules) &&
    webhook.rules.some(coversPods)
  );
}

/** Returns where the API server sends the calls of a webhook. */
export function calledBy({ clientConfig }: JsonObject): WebhookService {
  const { service, url } = isObject(clientConfig) ? clientConfig : {};
  if (!isObject(service)) {
    return { kind: "url", url: String(url ?? "") };
  }
  return { kind: "service", namespace: String(service.namespace), name: String(service.name) };
}

function readConfiguration(config: JsonObject): InjectionWebhook[] {
  const labels = labelsOf(config);
  const name = isObject(config.metadata) ? String(config.metadata.name) : "";
  const tag = labels[TAG_LABEL];
  const webhooks = Array.isArray(config.webhooks) ? config.webhooks : [];
  return webhooks.filter(isInjector).map((webhook) => {
    const client = isObject(webhook.clientConfig) ? webhook.clientConfig : {};
    return {
      config: name,
      webhook: String(webhook.name),
      revision: labels[REVISION_LABEL] ?? "",
      ...(tag !== undefined && { tag }),
      service: calledBy(webhook),
      hasCaBundle: typeof client.caBundle === "string" && client.caBundle !== "",
      namespaceSelector: requirementsOf(webhook.namespaceSelector),
      objectSelector: requirementsOf(webhook.objectSelector),
    };
  });
}

/**
 * Returns the webhooks that inject proxies into pods, in the order of the configurations. CEL
 * conditions (`matchConditions`) are ignored; Istio's charts do not use them.
 *
 * @param configurations MutatingWebhookConfigurations; webhooks that are not Istio's injectors are skipped
 */
export function injectionWebhooks(configurations: readonly JsonObject[]): InjectionWebhook[] {
  return configurations
    .filter(({ kind }) => kind === undefined || kind === "MutatingWebhookConfiguration")
    .flatMap(readConfiguration);
}

/** Returns the revisions and tags that have a webhook, sorted. */
export function knownNames(webhooks: readonly InjectionWebhook[]): string[] {
  return [...new Set(webhooks.map(({ tag, revision }) => tag ?? revision))].sort();
}

/**
 * Returns the revisions that a name means: the revision of that name, or the target of the tag of
 * that name.
 */
export function revisionsNamed(name: string, webhooks: readonly InjectionWebhook[]): string[] {
  const named = webhooks.filter(({ tag, revision }) => (tag ?? revision) === name);
  return [...new Set(named.map(({ revision }) => revision))];
}
