import { groupBy, someOf } from "../common/lists";
import {
  INJECTION_LABEL,
  type Labels,
  labelsOf,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
  TAG_LABEL,
} from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { explainSeveral } from "./explain";
import { matchingWebhooks } from "./match";
import { type InjectionWebhook, injectionWebhooks, knownNames } from "./webhooks";

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

/** Webhooks that match the same pods, each of which would then have two proxies. */
export interface InjectorOverlap {
  readonly webhooks: readonly InjectionWebhook[];
  /** The names of their configurations, in the order of the webhooks. */
  readonly configs: readonly string[];
  readonly reason: string;
}

/**
 * Returns the webhooks of which more than one matches some pods, by the labels of namespaces and by those
 * that people use, see {@link usualProbes}.
 *
 * @param namespaces the labels of namespaces, by name
 */
export function injectorOverlaps(
  webhooks: readonly InjectionWebhook[],
  namespaces: ReadonlyMap<string, Labels>,
): InjectorOverlap[] {
  const real = [...namespaces].map(([name, namespaceLabels]) => ({
    title: `namespace ${name}`,
    namespaceLabels,
    podLabels: {},
  }));
  const hits = [...real, ...usualProbes(knownNames(webhooks))].flatMap((probe) => {
    const matching = matchingWebhooks(webhooks, probe);
    return matching.length > 1 ? [{ title: probe.title, matching }] : [];
  });
  const configsOf = (matching: readonly InjectionWebhook[]) => matching.map(({ config }) => config);
  const groups = groupBy(hits, ({ matching }) => configsOf(matching).join(" "));
  return [...groups.values()].flatMap((group) => {
    const matching = group[0]?.matching ?? [];
    const where = someOf(group.map(({ title }) => title));
    const reason = `${explainSeveral(matching).reason} (${where})`;
    return [{ webhooks: matching, configs: configsOf(matching), reason }];
  });
}
