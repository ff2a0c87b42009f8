import { isObject, type Json } from "../common/json";

/** The labels of an object, as plain data. */
export type Labels = Readonly<Record<string, string>>;

/** On Deployments and pods that istiod runs for the Gateway API: the controller in it. */
export const CONTROLLER_LABEL = "gateway.istio.io/managed";

/** On namespaces, pods and webhooks: a revision of the control plane, or a tag. */
export const REVISION_LABEL = "istio.io/rev";

/** The label of namespaces and pods in ambient mode. */
export const MODE_LABEL = "istio.io/dataplane-mode";

/** On webhooks and Services that belong to a revision tag. */
export const TAG_LABEL = "istio.io/tag";
/** On namespaces. It takes precedence over {@link REVISION_LABEL}. */
export const INJECTION_LABEL = "istio-injection";
/** On pods. */
export const POD_INJECTION_LABEL = "sidecar.istio.io/inject";
/** Annotation of pods with settings of their proxy, as YAML. */
export const PROXY_CONFIG = "proxy.istio.io/config";
/** The value that labels use for the revision without a name. */
export const DEFAULT_REVISION = "default";

/**
 * Returns the value that labels use for a revision.
 *
 * @example revisionLabel("") // "default"
 */
export function revisionLabel(revision: string): string {
  return revision === "" ? DEFAULT_REVISION : revision;
}

/** Returns the entries of a map whose values are text, or an empty map for anything else. */
export function textEntries(map: Json | undefined): Labels {
  const entries = isObject(map) ? Object.entries(map) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Returns the revision or tag that a namespace asks for, or `undefined` if it asks for none. */
export function askedRevision(namespaceLabels: Labels): string | undefined {
  const injection = namespaceLabels[INJECTION_LABEL];
  if (injection === undefined) {
    return namespaceLabels[REVISION_LABEL];
  }
  return injection === "enabled" ? DEFAULT_REVISION : undefined;
}

/**
 * Returns the revision or tag that should inject a pod, or `undefined` if the pod should have no
 * proxy.
 */
export function wantedRevision(at: {
  readonly namespaceLabels: Labels;
  readonly podLabels: Labels;
}): string | undefined {
  const { namespaceLabels, podLabels } = at;
  const own = podLabels[POD_INJECTION_LABEL];
  if (own === "false" || (namespaceLabels[INJECTION_LABEL] === "disabled" && own === undefined)) {
    return undefined;
  }
  const asked = podLabels[REVISION_LABEL] ?? askedRevision(namespaceLabels);
  return asked ?? (own === "true" ? DEFAULT_REVISION : undefined);
}

/** Returns the labels of an object, or an empty map if it has no metadata. */
export function labelsOf(object: { readonly metadata?: Json } | undefined): Labels {
  return textEntries(isObject(object?.metadata) ? object.metadata.labels : undefined);
}

/** Returns the annotations of an object, or an empty map if it has no metadata. */
export function annotationsOf(object: { readonly metadata?: Json } | undefined): Labels {
  return textEntries(isObject(object?.metadata) ? object.metadata.annotations : undefined);
}
