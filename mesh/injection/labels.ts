import { isObject, type Json } from "../json";

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

/** Labels of an object; none where it has no metadata. */
export function labelsOf(object: { readonly metadata?: Json } | undefined): Labels {
  return textEntries(isObject(object?.metadata) ? object.metadata.labels : undefined);
}

/** Annotations of an object; none where it has no metadata. */
export function annotationsOf(object: { readonly metadata?: Json } | undefined): Labels {
  return textEntries(isObject(object?.metadata) ? object.metadata.annotations : undefined);
}
