import { isObject, type JsonObject } from "../common/json";
import { REVISION_LABEL } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { nameOf, namespaceOf } from "../k8s/workload";
import type { TagStatus, ValidatorStatus } from "./types";
import { byText, type View } from "./view";

/** Checks configuration that names no revision. Source: Istio's chart `base`. */
export const DEFAULT_VALIDATOR = "istiod-default-validator";

/** Revision tags and where they point. */
export function tagStatus({ webhooks }: View): TagStatus[] {
  const tags = webhooks.flatMap(({ tag, revision }) =>
    tag === undefined ? [] : [[tag, { name: tag, revision }] as const],
  );
  return [...new Map(tags).values()].sort((a, b) => byText(a.name, b.name));
}

/** The default revision's Service selects istiod by other labels. */
function revisionBehind(service: JsonObject): string {
  const selector = getPath(service, "spec.selector");
  const named = isObject(selector) ? selector[REVISION_LABEL] : undefined;
  return typeof named === "string" ? named : "default";
}

function findService(target: JsonObject, { lists }: View): JsonObject | undefined {
  return lists.services.find(
    (service) => nameOf(service) === target.name && namespaceOf(service) === target.namespace,
  );
}

/** Where the default validator's calls go; `undefined` when there is none. */
export function validatorStatus(view: View): ValidatorStatus | undefined {
  const config = view.lists.validatingWebhooks.find(
    (object) => nameOf(object) === DEFAULT_VALIDATOR,
  );
  const [webhook] = Array.isArray(config?.webhooks) ? config.webhooks : [];
  const client = isObject(webhook) ? webhook.clientConfig : undefined;
  if (!isObject(client)) {
    return undefined;
  }
  const hasCaBundle = typeof client.caBundle === "string" && client.caBundle !== "";
  if (!isObject(client.service)) {
    return { target: String(client.url ?? ""), hasCaBundle };
  }
  const { name, namespace } = client.service;
  const service = findService(client.service, view);
  return {
    target: `Service ${namespace}/${name}`,
    ...(service !== undefined && { revision: revisionBehind(service) }),
    hasCaBundle,
  };
}
