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
import { type Injector, proxyImage } from "./injector";

/** The facts that decide which injector fills in `image: auto`. */
export interface Injection {
  readonly injectors: readonly Injector[];
  readonly webhooks: readonly InjectionWebhook[];
  /** The labels of the rendered namespaces, by namespace name. */
  readonly namespaces: Readonly<Record<string, Labels>>;
}

/** Collects from the objects of a mesh what decides about injection. */
export function injectionOf(
  objects: readonly K8sObject[],
  injectors: readonly Injector[],
): Injection {
  const namespaces = objects.filter(({ kind }) => kind === "Namespace");
  return {
    injectors,
    webhooks: injectionWebhooks(
      objects.filter(({ kind }) => kind === "MutatingWebhookConfiguration"),
    ),
    namespaces: Object.fromEntries(
      namespaces.map((namespace) => [identityOf(namespace).name, labelsOf(namespace)]),
    ),
  };
}

/** The API server labels each namespace with its name. */
function labelsAt(name: string, { namespaces }: Injection): Labels {
  return { ...namespaces[name], "kubernetes.io/metadata.name": name };
}

/** Returns the revisions whose injector handles the pods of a workload. */
function revisionsFor(workload: K8sObject, injection: Injection): string[] {
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

/** An image that a webhook fills in, or the reason why it is unknown. */
export type AutoImage = { readonly image: string } | { readonly reason: string };

/**
 * Returns the image that replaces `image: auto`: the proxy image of the injector whose webhook
 * handles the pod, changed by the pod's own annotations.
 *
 * @example autoImage(gateway, injection) // { image: "docker.io/istio/proxyv2:1.29.1" }
 */
export function autoImage(workload: K8sObject, injection: Injection): AutoImage {
  const { revision, injector } = injectorFor(workload, injection);
  const image = injector && proxyImage(injector, annotationsOf(podTemplate(workload)));
  return image === undefined
    ? { reason: `no control plane of this mesh injects its pods (revision ${revision})` }
    : { image };
}
