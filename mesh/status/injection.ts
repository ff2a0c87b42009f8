import type { JsonObject } from "../common/json";
import { isManagedTarget } from "../guard/decideInjection";
import { checkInjection, matchingWebhooks } from "../injection/match";
import type { InjectionWebhook } from "../injection/webhooks";
import {
  askedRevision,
  DEFAULT_REVISION,
  type Labels,
  labelsOf,
  REVISION_LABEL,
} from "../k8s/istioLabels";
import type { Pending } from "./types";

/** Returns the revision or tag that should inject a pod. */
function desired(namespaceLabels: Labels, podLabels: Labels): string {
  return podLabels[REVISION_LABEL] ?? askedRevision(namespaceLabels) ?? DEFAULT_REVISION;
}

function ask(namespaceLabels: Labels, podLabels: Labels, webhooks: readonly JsonObject[]) {
  const revision = desired(namespaceLabels, podLabels);
  const managed = isManagedTarget({ revision });
  return checkInjection({ webhooks, namespaceLabels, podLabels, revision, managed });
}

/** Returns why new pods of a labelled namespace get no proxy or several, or `undefined` if they get one. */
export function namespaceTrouble(
  namespaceLabels: Labels,
  configurations: readonly JsonObject[],
): Pick<Pending, "reason" | "fix"> | undefined {
  if (askedRevision(namespaceLabels) === undefined) {
    return undefined;
  }
  const answer = ask(namespaceLabels, {}, configurations);
  // `istio-injection` takes precedence over a revision, so another revision is not reported here.
  return answer.kind === "none" || answer.kind === "several"
    ? { reason: answer.reason, fix: answer.fix }
    : undefined;
}

/** Returns why a pod still has the image `auto`. */
export function explainNotInjected(
  pod: JsonObject,
  namespaceLabels: Labels,
  parsed: readonly InjectionWebhook[],
  configurations: readonly JsonObject[],
): Pick<Pending, "reason" | "fix"> {
  const podLabels = labelsOf(pod);
  const [webhook] = matchingWebhooks(parsed, { namespaceLabels, podLabels });
  const what = "its proxy has the image auto, since no webhook has filled it in";
  if (webhook !== undefined) {
    return {
      reason: `${what}; ${webhook.config} would now`,
      fix: "delete the pod: its replacement gets a proxy",
    };
  }
  const answer = ask(namespaceLabels, podLabels, configurations);
  return answer.kind === "ok"
    ? { reason: what }
    : { reason: `${what}: ${answer.reason}`, fix: answer.fix };
}
