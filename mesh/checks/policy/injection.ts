import type { JsonObject } from "../../common/json";
import { matchingWebhooks } from "../../injection/match";
import { knownNames } from "../../injection/webhooks";
import { labelsOf, MODE_LABEL, POD_INJECTION_LABEL, wantedRevision } from "../../k8s/istioLabels";
import { getPath } from "../../k8s/path";
import { containersOf, PROXY_CONTAINER } from "../../k8s/workload";
import { knownLabels, type StackView } from "./view";

/** What is known of the proxy of some pods. */
export type ProxyAnswer = "yes" | "no" | "unknown";

function hasOwnProxy(pod: JsonObject): boolean {
  return containersOf(pod).some(({ name }) => name === PROXY_CONTAINER);
}

/** What the labels of pods say if those of their namespace are not known. */
function byPodAlone(pod: JsonObject): ProxyAnswer {
  const own = labelsOf(pod)[POD_INJECTION_LABEL];
  return own === "false" ? "no" : "unknown";
}

function byLabels(pod: JsonObject, namespace: string, view: StackView): ProxyAnswer {
  const at = { namespaceLabels: knownLabels(view, namespace), podLabels: labelsOf(pod) };
  const mode = at.podLabels[MODE_LABEL] ?? at.namespaceLabels[MODE_LABEL];
  if (mode === "ambient") {
    return "yes";
  }
  const wanted = wantedRevision(at);
  if (wanted === undefined) {
    return "no";
  }
  return knownNames(view.webhooks).includes(wanted) &&
    matchingWebhooks(view.webhooks, at).length === 0
    ? "no"
    : "yes";
}

/**
 * Returns whether pods get a proxy, as far as a stack shows it. Pods in ambient mode count as if they had
 * one: ztunnel speaks mutual TLS for them.
 */
export function hasProxy(pod: JsonObject, namespace: string, view: StackView): ProxyAnswer {
  if (hasOwnProxy(pod)) {
    return "yes";
  }
  if (getPath(pod, "spec.hostNetwork") === true) {
    return "no";
  }
  return view.namespaces.has(namespace) ? byLabels(pod, namespace, view) : byPodAlone(pod);
}
