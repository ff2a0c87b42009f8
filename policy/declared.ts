import type { PolicyResource } from "@pulumi/policy";
import type { DeclaredObject } from "../mesh/checks/policy/types";
import { POD_KINDS } from "../mesh/checks/policy/view";
import { isObject, type Json, type JsonObject } from "../mesh/common/json";
import type { K8sObject } from "../mesh/k8s/objects";
import { type Segments, unknownMatters } from "./unknown";

/** A resource of a stack as the policies see it. */
export type StackResource = Pick<PolicyResource, "type" | "urn" | "props" | "opts" | "provider">;

/** An object of a stack with the resource that declares it. */
export interface ResourceObject extends DeclaredObject {
  readonly urn: string;
  /** Throws the error of `@pulumi/policy` that says which value is not known. Absent if all are. */
  readonly touchUnknown?: () => void;
}

/** A copy of what a resource has, and the places of values that only the update will know. */
interface Plain {
  readonly value: Json;
  readonly unknown: readonly Segments[];
}

/** `@pulumi/policy` throws when a value is read that is not known yet. */
function isUnknownValue(error: unknown): boolean {
  return error instanceof Error && "unknownTypeSentinel" in error;
}

function plainEntry(value: object, key: string): Plain | undefined {
  try {
    const entry = (value as Record<string, unknown>)[key];
    return entry === undefined || typeof entry === "function" ? undefined : plain(entry);
  } catch (error) {
    if (isUnknownValue(error)) {
      return { value: null, unknown: [[]] };
    }
    throw error;
  }
}

function plain(value: unknown): Plain {
  if (typeof value !== "object" || value === null) {
    return { value: value as Json, unknown: [] };
  }
  const entries = Object.keys(value).flatMap((key) => {
    const found = plainEntry(value, key);
    return found === undefined ? [] : [{ key, ...found }];
  });
  const unknown = entries.flatMap((entry) => entry.unknown.map((rest) => [entry.key, ...rest]));
  const known = entries.filter((entry) => !entry.unknown.some((rest) => rest.length === 0));
  return Array.isArray(value)
    ? { value: known.map((entry) => entry.value), unknown }
    : { value: Object.fromEntries(known.map((entry) => [entry.key, entry.value])), unknown };
}

/** Reads a value again that is not known, which throws. */
function touch(props: unknown, segments: Segments): void {
  segments.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], props);
}

const TYPE = /^kubernetes:([^:]+):(\w+?)(Patch|List)?$/;

/** Kinds that are in a namespace, beside those of Istio's APIs. */
const NAMESPACED: readonly string[] = [
  ...POD_KINDS,
  "Service",
  "ConfigMap",
  "Secret",
  "PodDisruptionBudget",
  "HorizontalPodAutoscaler",
];

/** Without a namespace, an object comes into that of its provider. */
function inNamespace(object: K8sObject, otherwise: string): K8sObject {
  const { metadata, kind, apiVersion } = object;
  const isNamespaced = NAMESPACED.includes(kind) || /\.istio\.io\//.test(apiVersion);
  return isNamespaced && (metadata.namespace === undefined || metadata.namespace === "")
    ? { ...object, metadata: { ...metadata, namespace: otherwise } }
    : object;
}

/** A release of Helm is no object, but it names where its chart and images come from. */
function releaseObject(props: JsonObject, name: string): K8sObject {
  const { name: own = name, namespace = "default", ...rest } = props;
  return { ...rest, apiVersion: "helm.sh/v3", kind: "Release", metadata: { name: own, namespace } };
}

function objectsIn(resource: StackResource, props: JsonObject): readonly K8sObject[] {
  const [, groupVersion = "", kind = "", suffix] = TYPE.exec(resource.type) ?? [];
  if (resource.type === "kubernetes:helm.sh/v3:Release") {
    return [releaseObject(props, resource.urn.split("::").at(-1) ?? "")];
  }
  const items = suffix === "List" && Array.isArray(props.items) ? props.items : [props];
  return items.filter(isObject).flatMap((item) => {
    const { metadata, kind: own = kind, apiVersion } = item;
    const version = apiVersion ?? groupVersion.replace(/^core\//, "");
    return isObject(metadata)
      ? [{ ...item, apiVersion: String(version), kind: String(own), metadata }]
      : [];
  });
}

/** Large objects, or secret ones, that no policy looks at. */
const PASSED_OVER = /:(CustomResourceDefinition|Secret)(Patch|List)?$/;

/** Returns what a resource of a stack declares; nothing for other providers' resources. */
export function declaredObjects(resource: StackResource): ResourceObject[] {
  if (!TYPE.test(resource.type) || PASSED_OVER.test(resource.type)) {
    return [];
  }
  const { value, unknown } = plain(resource.props);
  const matters = unknown.find(unknownMatters);
  const provider = plain(resource.provider?.props ?? {}).value;
  const namespace = isObject(provider) ? provider.namespace : undefined;
  const otherwise = typeof namespace === "string" ? namespace : "default";
  return objectsIn(resource, isObject(value) ? value : {}).map((object) => ({
    object: inNamespace(object, otherwise),
    urn: resource.urn,
    isProtected: resource.opts.protect === true,
    isPatch: TYPE.exec(resource.type)?.[3] === "Patch",
    isOpen: matters !== undefined,
    ...(matters !== undefined && { touchUnknown: () => touch(resource.props, matters) }),
  }));
}

/** What of a provider says which cluster it is for. */
const CLUSTER = ["kubeconfig", "context", "cluster", "renderYamlToDirectory"];

/**
 * Returns a key of the cluster that a resource is for. Two providers with the same kubeconfig are for one
 * cluster; one whose kubeconfig is not known yet counts as a cluster of its own.
 */
export function clusterOf({ provider }: StackResource): string {
  const { value, unknown } = plain(provider?.props ?? {});
  const isKnown = !unknown.some(([key]) => key === undefined || CLUSTER.includes(key));
  return isKnown && isObject(value)
    ? JSON.stringify(CLUSTER.map((key) => value[key] ?? null))
    : (provider?.urn ?? "");
}
