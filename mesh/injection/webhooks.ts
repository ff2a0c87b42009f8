import { isObject, type Json, type JsonObject } from "../common/json";
import { labelsOf, REVISION_LABEL, TAG_LABEL } from "../k8s/istioLabels";
import { type Requirement, requirementsOf } from "../k8s/selector";

/** Istio's injectors all end so; other mutating webhooks inject no proxy. */
const INJECTOR = "sidecar-injector.istio.io";

/** Where a webhook's calls go. */
export type WebhookService =
  | { readonly kind: "service"; readonly namespace: string; readonly name: string }
  | { readonly kind: "url"; readonly url: string };

/** One webhook that injects proxies, read from a MutatingWebhookConfiguration. */
export interface InjectionWebhook {
  /** Name of the MutatingWebhookConfiguration. */
  readonly config: string;
  /** Name inside of it, such as `rev.namespace.sidecar-injector.istio.io`. */
  readonly webhook: string;
  /** Revision whose istiod answers; `default` for Istio's default revision. */
  readonly revision: string;
  /** Revision tag, where the configuration belongs to one. */
  readonly tag?: string;
  readonly service: WebhookService;
  readonly hasCaBundle: boolean;
  readonly namespaceSelector: readonly Requirement[];
  readonly objectSelector: readonly Requirement[];
}

/** @example titleOf(webhook) // "istio-sidecar-injector-1-29-1/rev.namespace.sidecar-injector.istio.io" */
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

function serviceOf(client: JsonObject): WebhookService {
  const { service, url } = client;
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
      service: serviceOf(client),
      hasCaBundle: typeof client.caBundle === "string" && client.caBundle !== "",
      namespaceSelector: requirementsOf(webhook.namespaceSelector),
      objectSelector: requirementsOf(webhook.objectSelector),
    };
  });
}

/**
 * The webhooks that inject proxies into pods, in the order of the configurations. Conditions in CEL
 * (`matchConditions`), which Istio's charts do not use, are not looked at.
 *
 * @param configurations MutatingWebhookConfigurations; others are passed over
 */
export function injectionWebhooks(configurations: readonly JsonObject[]): InjectionWebhook[] {
  return configurations
    .filter(({ kind }) => kind === undefined || kind === "MutatingWebhookConfiguration")
    .flatMap(readConfiguration);
}

/** Revisions and tags that some webhook answers to, sorted. */
export function knownNames(webhooks: readonly InjectionWebhook[]): string[] {
  return [...new Set(webhooks.map(({ tag, revision }) => tag ?? revision))].sort();
}

/** The revisions that a name stands for: a revision itself, or where a tag of that name points. */
export function revisionsNamed(name: string, webhooks: readonly InjectionWebhook[]): string[] {
  const named = webhooks.filter(({ tag, revision }) => (tag ?? revision) === name);
  return [...new Set(named.map(({ revision }) => revision))];
}
