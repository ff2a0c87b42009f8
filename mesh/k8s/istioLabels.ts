import { isObject, type Json } from "../common/json";

/** Labels of an object, as plain data. */
export type Labels = Readonly<Record<string, string>>;

/** On namespaces, pods and webhooks: a revision of the control plane, or a tag. */
export const REVISION_LABEL = "istio.io/rev";
/** On webhooks and Services that belong to a revision tag. */
export const TAG_LABEL = "istio.io/tag";
/** On namespaces; takes precedence over {@link REVISION_LABEL}. */
export const INJECTION_LABEL = "istio-injection";
/** On pods. */
export const POD_INJECTION_LABEL = "sidecar.istio.io/inject";
/** Annotation of pods with settings of their proxy, as YAML. */
export const PROXY_CONFIG = "proxy.istio.io/config";
/** What labels call the revision without a name. */
export const DEFAULT_REVISION = "default";

/** @example revisionLabel("") // "default" */
export function revisionLabel(revision: string): string {
  return revision === "" ? DEFAULT_REVISION : revision;
}

/** The entries of a map whose values are text; none for anything else. */
export function textEntries(map: Json | undefined): Labels {
  const entries = isObject(map) ? Object.entries(map) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Revision or tag that a namespace asks for; `undefined` when it asks for none. */
export function askedRevision(namespaceLabels: Labels): string | undefined {
  const injection = namespaceLabels[INJECTION_LABEL];
  if (injection === undefined) {
    return namespaceLabels[REVISION_LABEL];
  }
  return injection === "enabled" ? DEFAULT_REVISION : undefined;
}

/** Revision or tag that is to inject a pod; `undefined` when it is to have no proxy. */
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

/** Labels of an object; none where it has no metadata. */
export function labelsOf(object: { readonly metadata?: Json } | undefined): Labels {
  return textEntries(isObject(object?.metadata) ? object.metadata.labels : undefined);
}

/** Annotations of an object; none where it has no metadata. */
export function annotationsOf(object: { readonly metadata?: Json } | undefined): Labels {
  return textEntries(isObject(object?.metadata) ? object.metadata.annotations : undefined);
}
