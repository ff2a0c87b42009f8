import type { JsonObject } from "../common/json";
import { matchingWebhooks } from "../injection/match";
import { type InjectionWebhook, injectionWebhooks } from "../injection/webhooks";
import {
  annotationsOf,
  DEFAULT_REVISION,
  type Labels,
  labelsOf,
  REVISION_LABEL,
} from "../k8s/istioLabels";
import { identityOf, type K8sObject, podTemplate } from "../k8s/objects";
import { nameOf } from "../k8s/workload";
import { type Injector, proxyImage } from "./injector";

/** The facts that decide which injector fills in `image: auto`. */
export interface Injection {
  readonly injectors: readonly Injector[];
  readonly webhooks: readonly InjectionWebhook[];
  /** The labels of known namespaces, by namespace name. */
  readonly namespaces: Readonly<Record<string, Labels>>;
  /** Whether these are all namespaces of a cluster. */
  readonly isWhole: boolean;
}

/**
 * Collects from the objects of a mesh what decides about injection.
 *
 * @param live namespaces of the cluster @default only those of the mesh are known
 */
export function injectionOf(
  objects: readonly K8sObject[],
  injectors: readonly Injector[],
  live?: readonly JsonObject[],
): Injection {
  const rendered = objects.filter(({ kind }) => kind === "Namespace");
  const namespaces = new Map<string, Labels>();
  for (const namespace of [...(live ?? []), ...rendered]) {
    const name = nameOf(namespace);
    namespaces.set(name, { ...namespaces.get(name), ...labelsOf(namespace) });
  }
  return {
    injectors,
    webhooks: injectionWebhooks(
      objects.filter(({ kind }) => kind === "MutatingWebhookConfiguration"),
    ),
    namespaces: Object.fromEntries(namespaces),
    isWhole: live !== undefined,
  };
}

/** The API server labels each namespace with its name. */
function labelsAt(name: string, { namespaces }: Injection): Labels {
  return { ...namespaces[name], "kubernetes.io/metadata.name": name };
}

/** Returns the revisions whose injector handles the pods of a workload. */
export function revisionsFor(workload: K8sObject, injection: Injection): string[] {
  const podLabels = labelsOf(podTemplate(workload));
  const namespaceLabels = labelsAt(identityOf(workload).namespace, injection);
  const matching = matchingWebhooks(injection.webhooks, { podLabels, namespaceLabels });
  return [...new Set(matching.map(({ revision }) => revision))];
}

/**
 * Returns the revision that a workload names. The labels of a namespace outside this mesh are
 * unknown.
 */
function namedRevision(workload: K8sObject): string {
  return labelsOf(podTemplate(workload))[REVISION_LABEL] ?? DEFAULT_REVISION;
}

/**
 * The injector whose webhook handles the pods of a workload. Absent if it belongs to another mesh.
 */
export interface OwnInjector {
  readonly revision: string;
  readonly injector?: Injector;
}

/** Returns the injector of a workload's pods. */
export function injectorFor(workload: K8sObject, injection: Injection): OwnInjector {
  const [revision = namedRevision(workload)] = revisionsFor(workload, injection);
  const injector = injection.injectors.find((one) => one.revision === revision);
  return { revision, ...(injector !== undefined && { injector }) };
}

/** Whether nothing but the labels of a namespace that is not known can say who injects the pods. */
function dependsOnCluster(workload: K8sObject, injection: Injection): boolean {
  const isKnown =
    injection.isWhole || Object.hasOwn(injection.namespaces, identityOf(workload).namespace);
  const namesRevision = labelsOf(podTemplate(workload))[REVISION_LABEL] !== undefined;
  return !isKnown && !namesRevision && revisionsFor(workload, injection).length === 0;
}

/** An image that a webhook fills in, or the reason why it is unknown. */
export type AutoImage =
  | { readonly image: string }
  | {
      readonly reason: string;
      /** Whether the labels of a cluster's namespaces would tell. @default false */
      readonly needsCluster?: boolean;
    };

/**
 * Returns the image that replaces `image: auto`: the proxy image of the injector whose webhook
 * handles the pod, changed by the pod's own annotations.
 *
 * @example autoImage(gateway, injection) // { image: "docker.io/istio/proxyv2:1.31.0" }
 */
export function autoImage(workload: K8sObject, injection: Injection): AutoImage {
  const { namespace } = identityOf(workload);
  if (dependsOnCluster(workload, injection)) {
    const reason = `depends on the labels of the namespace ${namespace}, which only the cluster has`;
    return { reason, needsCluster: true };
  }
  const { revision, injector } = injectorFor(workload, injection);
  const image = injector && proxyImage(injector, annotationsOf(podTemplate(workload)));
  return image === undefined
    ? { reason: `no control plane of this mesh injects its pods (revision ${revision})` }
    : { image };
}
