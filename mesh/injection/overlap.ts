import {
  INJECTION_LABEL,
  type Labels,
  labelsOf,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
  TAG_LABEL,
} from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { matchingWebhooks } from "./match";
import { injectionWebhooks } from "./webhooks";

/** Labels that people set so that pods get a proxy. */
export interface PodProbe {
  /** @example "namespaces with the label istio.io/rev=1-31-0" */
  readonly title: string;
  readonly namespaceLabels: Labels;
  readonly podLabels: Labels;
}

function ofNamespaces(key: string, value: string): PodProbe {
  const title = `namespaces with the label ${key}=${value}`;
  return { title, namespaceLabels: { [key]: value }, podLabels: {} };
}

function ofPods(key: string, value: string): PodProbe {
  const title = `pods with the label ${key}=${value}`;
  return { title, namespaceLabels: {}, podLabels: { [key]: value } };
}

/**
 * Returns the labels that usually select an injector: those of each revision and tag, and of
 * Istio's default revision.
 *
 * @param names names of revisions and tags
 */
export function usualProbes(names: readonly string[]): PodProbe[] {
  return [
    ...names.map((name) => ofNamespaces(REVISION_LABEL, name)),
    ofNamespaces(INJECTION_LABEL, "enabled"),
    ofPods(POD_INJECTION_LABEL, "true"),
    ...names.map((name) => ofPods(REVISION_LABEL, name)),
  ];
}

function namesOf(injector: K8sObject): string[] {
  const { [REVISION_LABEL]: revision, [TAG_LABEL]: tag } = labelsOf(injector);
  return [revision, tag].filter((name) => name !== undefined);
}

function injects(injector: K8sObject, probe: PodProbe): boolean {
  return matchingWebhooks(injectionWebhooks([injector]), probe).length > 0;
}

/** Returns whether two injectors match the same pod, which would then have two proxies. */
export function injectSamePods(one: K8sObject, other: K8sObject): boolean {
  const names = [...new Set([...namesOf(one), ...namesOf(other)])];
  return usualProbes(names).some((probe) => injects(one, probe) && injects(other, probe));
}

/** Returns whether an injector matches any pod. A deactivated one matches none. */
export function isActive(injector: K8sObject): boolean {
  return usualProbes(namesOf(injector)).some((probe) => injects(injector, probe));
}
