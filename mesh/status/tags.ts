import { isObject, type JsonObject } from "../common/json";
import { calledBy } from "../injection/webhooks";
import { REVISION_LABEL } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { listAt, nameOf } from "../k8s/workload";
import { findNamed } from "../snapshot/services";
import { DEFAULT_VALIDATOR } from "../snapshot/validators";
import type { TagStatus, ValidatorStatus } from "./types";
import { byText, type View } from "./view";

/** Returns the revision tags and their revisions. */
export function tagStatus({ webhooks }: View): TagStatus[] {
  const tags = webhooks.flatMap(({ tag, revision }) =>
    tag === undefined ? [] : [[tag, { name: tag, revision }] as const],
  );
  return [...new Map(tags).values()].sort((a, b) => byText(a.name, b.name));
}

/** The Service of the default revision does not select istiod by a revision. */
function revisionBehind(service: JsonObject): string {
  const selector = getPath(service, "spec.selector");
  const named = isObject(selector) ? selector[REVISION_LABEL] : undefined;
  return typeof named === "string" ? named : "default";
}

/** Returns where the default validator's calls go, or `undefined` if there is no such validator. */
export function validatorStatus(view: View): ValidatorStatus | undefined {
  const config = view.lists.validatingWebhooks.find(
    (object) => nameOf(object) === DEFAULT_VALIDATOR,
  );
  const [webhook] = listAt(config ?? {}, "webhooks");
  if (webhook === undefined) {
    return undefined;
  }
  const bundle = getPath(webhook, "clientConfig.caBundle");
  const hasCaBundle = typeof bundle === "string" && bundle !== "";
  const called = calledBy(webhook);
  if (called.kind === "url") {
    return { target: called.url, hasCaBundle };
  }
  const service = findNamed(view.lists.services, called);
  return {
    target: `Service ${called.namespace}/${called.name}`,
    ...(service !== undefined && { revision: revisionBehind(service) }),
    hasCaBundle,
  };
}
