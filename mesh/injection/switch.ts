import { isObject, type JsonObject } from "../common/json";
import { identityOf, type K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { deactivateInjector } from "./deactivate";
import { injectSamePods, isActive } from "./overlap";

/** The injectors that an update will leave, and those in the cluster. */
export interface Injectors {
  /** All injectors that the inputs describe. */
  readonly wished: readonly K8sObject[];
  /** The injectors in the cluster that the stack has applied. */
  readonly own: readonly K8sObject[];
}

function byName(objects: readonly K8sObject[], object: K8sObject): K8sObject | undefined {
  const { name } = identityOf(object);
  return objects.find((one) => identityOf(one).name === name);
}

/**
 * Returns the stack's injectors that must be deactivated before another one is created or changed:
 * they match the same pods, and the inputs no longer want them to.
 *
 * @param next the injector that is about to be applied
 */
export function injectorsToYield(next: K8sObject, { wished, own }: Injectors): K8sObject[] {
  const { name } = identityOf(next);
  return own
    .filter((one) => identityOf(one).name !== name && injectSamePods(one, next))
    .filter((one) => {
      const later = byName(wished, one);
      return later === undefined || !injectSamePods(later, next);
    });
}

/**
 * Returns injectors that the inputs want active and that a failed update left deactivated. Pulumi
 * does not know about this, and would not change them.
 *
 * @returns each injector as the inputs describe it
 */
export function injectorsToWake({ wished, own }: Injectors): K8sObject[] {
  return wished.filter((one) => {
    const live = byName(own, one);
    return live !== undefined && isActive(one) && !isActive(live);
  });
}

/**
 * Returns the JSON Patch that replaces the selectors of an injector. It contains the resource
 * version, so it fails if the injector has changed in the meantime.
 */
function selectorPatch(live: K8sObject, wanted: K8sObject): JsonObject[] {
  const next = Array.isArray(wanted.webhooks) ? wanted.webhooks.filter(isObject) : [];
  const webhooks = Array.isArray(live.webhooks) ? live.webhooks.filter(isObject) : [];
  const selectors = webhooks.flatMap((webhook, index) => {
    const own = next.find(({ name }) => name === webhook.name);
    return ["namespaceSelector", "objectSelector"].map((key) => ({
      op: "replace",
      path: `/webhooks/${index}/${key}`,
      value: own?.[key] ?? {},
    }));
  });
  const resourceVersion = getPath(live, "metadata.resourceVersion") ?? null;
  return [
    ...selectors,
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
}

/** Returns the JSON Patch after which an injector matches no pod. */
export function yieldPatch(live: K8sObject): JsonObject[] {
  return selectorPatch(live, deactivateInjector(live));
}

/** Returns the JSON Patch after which an injector matches the pods that the inputs want. */
export function wakePatch(live: K8sObject, wished: K8sObject): JsonObject[] {
  return selectorPatch(live, wished);
}
