import { createHash } from "node:crypto";
import { isObject, type Json, type JsonObject } from "../common/json";
import { uniqueBy } from "../common/lists";
import { serviceFacts } from "../gateway/serviceFacts";
import { readYaml } from "../images/injector";
import { bundlesOf } from "../injection/bundles";
import { annotationsOf, labelsOf, REVISION_LABEL, TAG_LABEL } from "../k8s/istioLabels";
import {
  configMapData,
  identityOf,
  isWebhook,
  type K8sObject,
  objectTitle,
  podTemplate,
} from "../k8s/objects";
import { getPath } from "../k8s/path";
import { isSelector, matches, type Requirement, requirementsOf } from "../k8s/selector";
import { containersOf, listAt, WORKLOAD_KINDS } from "../k8s/workload";
import type { ObjectEffects, PodBounds, WebhookEffects, WorkloadEffects } from "../model/effects";
import { scalerOf } from "../scaling/scalers";

/** Long enough that two settings of one field do not share it by chance. */
const DIGEST_LENGTH = 10;

/** Objects of a cluster and rendered ones have their keys in different orders. */
function sortedKeys(_: string, value: Json): Json {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;
}

function digest(value: Json): string {
  const hash = createHash("sha256").update(JSON.stringify(value, sortedKeys));
  return hash.digest("hex").slice(0, DIGEST_LENGTH);
}

function digests(map: JsonObject, nameOf: (key: string) => string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [nameOf(key), digest(value ?? null)]),
  );
}

function variablesOf(env: Json | undefined): JsonObject {
  const named = (Array.isArray(env) ? env : []).filter(isObject);
  return Object.fromEntries(named.map((variable) => [String(variable.name), variable]));
}

/** Returns the digest of each part of a pod template but the images. */
function partsOf(template: JsonObject): Record<string, string> {
  const spec = isObject(template.spec) ? template.spec : {};
  const { containers: _, initContainers: __, ...rest } = spec;
  const containers = containersOf(template).map(({ name, image, env, ...fields }) => ({
    ...digests(variablesOf(env), (variable) => `variable ${variable} of container ${String(name)}`),
    ...digests(fields, (field) => `${field} of container ${String(name)}`),
  }));
  return Object.assign(
    {
      ...digests(labelsOf(template), (key) => `label ${key}`),
      ...digests(annotationsOf(template), (key) => `annotation ${key}`),
      ...digests(rest, (field) => field),
    },
    ...containers,
  );
}

function count(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function boundsOf(workload: K8sObject, objects: readonly K8sObject[]): PodBounds {
  const scaler = scalerOf(workload, objects);
  if (scaler === undefined) {
    const pods = count(getPath(workload, "spec.replicas"), 1);
    return { min: pods, max: pods, autoscaled: false };
  }
  const min = count(getPath(scaler, "spec.minReplicas"), 1);
  return { min, max: count(getPath(scaler, "spec.maxReplicas"), min), autoscaled: true };
}

function isSelected(selector: Json | undefined, labels: Readonly<Record<string, string>>) {
  return isSelector(selector ?? null) && matches(selector, labels);
}

function budgetOf(workload: K8sObject, objects: readonly K8sObject[]): string | undefined {
  const { namespace } = identityOf(workload);
  const budget = objects.find(
    (object) =>
      object.kind === "PodDisruptionBudget" &&
      identityOf(object).namespace === namespace &&
      isSelected(getPath(object, "spec.selector"), labelsOf(podTemplate(workload))),
  );
  const field = ["minAvailable", "maxUnavailable"].find(
    (name) => getPath(budget ?? null, `spec.${name}`) !== undefined,
  );
  return field === undefined
    ? undefined
    : `${field}: ${String(getPath(budget ?? null, `spec.${field}`))}`;
}

/** A DaemonSet that takes no pod away before the new one is ready adds as many as `maxSurge` says. */
function nodesAtOnce(workload: K8sObject): string {
  const [unavailable = 1, surge = 0] = ["maxUnavailable", "maxSurge"].map((field) =>
    getPath(workload, `spec.updateStrategy.rollingUpdate.${field}`),
  );
  return String(unavailable === 0 ? surge : unavailable);
}

function workloadEffects(workload: K8sObject, objects: readonly K8sObject[]): WorkloadEffects {
  const template = podTemplate(workload) ?? {};
  const revision = labelsOf(template)[REVISION_LABEL];
  const budget = budgetOf(workload, objects);
  return {
    ...(workload.kind === "DaemonSet"
      ? { nodesAtOnce: nodesAtOnce(workload) }
      : { pods: boundsOf(workload, objects) }),
    ...(budget !== undefined && { budget }),
    ...(revision !== undefined && { revision }),
    images: Object.fromEntries(
      containersOf(template).map(({ name, image }) => [String(name), String(image ?? "")]),
    ),
    parts: partsOf(template),
  };
}

function requirementText({ key, operator, values }: Requirement): string {
  const [first, ...more] = values;
  switch (operator) {
    case "In":
      return more.length === 0 ? `${key}=${first ?? ""}` : `${key} in (${values.join(", ")})`;
    case "NotIn":
      return more.length === 0 ? `${key}!=${first ?? ""}` : `${key} not in (${values.join(", ")})`;
    case "Exists":
      return `a label ${key}`;
    case "DoesNotExist":
      return `no label ${key}`;
    default:
      return operator satisfies never;
  }
}

function selectorText(selector: Json | undefined): string {
  if (!isSelector(selector ?? null)) {
    return "a selector that is not valid";
  }
  const texts = requirementsOf(selector).map(requirementText).sort();
  return texts.length === 0 ? "any labels" : texts.join(" and ");
}

function webhookEffects(object: K8sObject): WebhookEffects {
  return Object.fromEntries(
    listAt(object, "webhooks").map(({ name, namespaceSelector, objectSelector }) => [
      String(name),
      `namespaces with ${selectorText(namespaceSelector)}, objects with ${selectorText(objectSelector)}`,
    ]),
  );
}

/**
 * Services have a map of labels, workloads a selector. A Service without one has no pods of its own;
 * that of a tag has no meaning beside its tag.
 */
function podSelectorText(object: K8sObject): string | undefined {
  const { kind, spec } = object;
  const selector = getPath((spec ?? null) as Json, "selector");
  if (selector === undefined || labelsOf(object)[TAG_LABEL] !== undefined) {
    return undefined;
  }
  if (kind === "Service") {
    return selectorText({ matchLabels: selector });
  }
  return WORKLOAD_KINDS.includes(kind) ? selectorText(selector) : undefined;
}

function caBundleOf(object: K8sObject): string | undefined {
  const bundles = isWebhook(object) ? [...bundlesOf(object)] : [];
  return bundles.length === 0 ? undefined : digest(bundles);
}

/** Of these values, istiod itself makes the image that it hands to the templates. */
const OF_PROXY_IMAGE = ["global.hub", "global.tag", "global.variant", "global.proxy.image"];

/** Returns each value below an object by its path, and lists as a whole. */
function leavesOf(value: Json, path: readonly string[] = []): [path: string, value: Json][] {
  return isObject(value)
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner ?? null, [...path, key]))
    : [[path.join("."), value]];
}

/** Returns the paths of values that injection templates read. One that names a whole chart says nothing. */
function pathsIn(templates: string): string[] {
  const paths = [...templates.matchAll(/\.Values\.(\w+(?:\)?\.\w+)+)/g)].map(([, path = ""]) =>
    path.replaceAll(")", ""),
  );
  return [...new Set([...paths, ...OF_PROXY_IMAGE])];
}

/** Returns a digest of each value of the chart that decides what istiod injects. */
function injectorValues(text: Json | undefined, templates: string): Record<string, string> {
  const paths = pathsIn(templates);
  const isRead = (own: string) =>
    paths.some((path) => `${own}.`.startsWith(`${path}.`) || path.startsWith(`${own}.`));
  return Object.fromEntries(
    leavesOf(readYaml(text) ?? null)
      .filter(([path]) => isRead(path))
      .map(([path, value]) => [`values.${path}`, digest(value)]),
  );
}

const MESH_CONFIG = "mesh";

function providersIn(value: Json | undefined): string[] {
  if (Array.isArray(value)) {
    return value.flatMap(providersIn);
  }
  if (!isObject(value)) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    const named = key === "provider" ? [inner] : key === "providers" ? [inner].flat() : undefined;
    return named === undefined
      ? providersIn(inner)
      : named.flatMap((one) => {
          const name = getPath(one, "name");
          return typeof name === "string" ? [name] : [];
        });
  });
}

const PROVIDER_USERS = ["Telemetry", "AuthorizationPolicy"];

/** Returns who names each provider of the mesh config. */
export function providerUsers(objects: readonly K8sObject[]): Record<string, string[]> {
  const users: Record<string, string[]> = {};
  for (const object of objects.filter(({ kind }) => PROVIDER_USERS.includes(kind))) {
    for (const name of uniqueBy(providersIn(object.spec as Json))) {
      users[name] = [...(users[name] ?? []), objectTitle(object)];
    }
  }
  return users;
}

function byTitle<T>(
  objects: readonly K8sObject[],
  effectOf: (object: K8sObject) => T | undefined,
): Record<string, T> {
  return Object.fromEntries(
    objects.flatMap((object) => {
      const value = effectOf(object);
      return value === undefined ? [] : [[objectTitle(object), value] as const];
    }),
  );
}

/**
 * Returns what the objects of a mesh mean for traffic and pods.
 *
 * @param objects all objects of a mesh as they are applied
 * @example effectsOf(objects).workloads["Deployment istio-system/istiod"].pods // { min: 1, max: 5, autoscaled: true }
 */
export function effectsOf(objects: readonly K8sObject[]): ObjectEffects {
  return {
    workloads: byTitle(objects, (object) =>
      WORKLOAD_KINDS.includes(object.kind) ? workloadEffects(object, objects) : undefined,
    ),
    services: byTitle(objects, (object) =>
      object.kind === "Service" ? serviceFacts(object) : undefined,
    ),
    selectors: byTitle(objects, podSelectorText),
    webhooks: byTitle(objects, (object) =>
      isWebhook(object) ? webhookEffects(object) : undefined,
    ),
    caBundles: byTitle(objects, caBundleOf),
    meshConfigs: byTitle(objects, (object) => {
      const config = readYaml(configMapData(object)[MESH_CONFIG]);
      return isObject(config) ? config : undefined;
    }),
    injectors: byTitle(objects, (object) => {
      const { config, values } = configMapData(object);
      return config === undefined || values === undefined
        ? undefined
        : { template: digest(config), ...injectorValues(values, String(config)) };
    }),
    mutualTls: byTitle(objects, ({ kind, spec }) =>
      kind === "PeerAuthentication" && getPath(spec as Json, "selector") === undefined
        ? String(getPath(spec as Json, "mtls.mode") ?? "PERMISSIVE")
        : undefined,
    ),
    providerUsers: providerUsers(objects),
  };
}
