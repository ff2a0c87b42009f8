import { isObject, type JsonObject } from "../common/json";
import { identityOf, type K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { deactivateInjector } from "./deactivate";
import { injectSamePods, isActive } from "./overlap";

/** Injectors as an update will leave them, and as the cluster has them. */
export interface Injectors {
  /** All that the inputs have. */
  readonly wished: readonly K8sObject[];
  /** Those of the cluster that the stack has applied. */
  readonly own: readonly K8sObject[];
}

function byName(objects: readonly K8sObject[], object: K8sObject): K8sObject | undefined {
  const { name } = identityOf(object);
  return objects.find((one) => identityOf(one).name === name);
}

/**
 * The stack's injectors that have to give way before another one is made or changed: they inject the
 * same pods, and the inputs do not want them to any more.
 *
 * @param next the injector as it is about to be
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
 * Injectors that the inputs want and that an update which failed has left deactivated. Pulumi knows
 * nothing of that, and so would leave them as they are.
 *
 * @returns each as the inputs have it
 */
export function injectorsToWake({ wished, own }: Injectors): K8sObject[] {
  return wished.filter((one) => {
    const live = byName(own, one);
    return live !== undefined && isActive(one) && !isActive(live);
  });
}

/** The JSON Patch that replaces the selectors of an injector; the version guards against a race. */
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

/** The JSON Patch after which an injector injects no pod. */
export function yieldPatch(live: K8sObject): JsonObject[] {
  return selectorPatch(live, deactivateInjector(live));
}

/** The JSON Patch after which an injector injects the pods that the inputs want it to. */
export function wakePatch(live: K8sObject, wished: K8sObject): JsonObject[] {
  return selectorPatch(live, wished);
}
