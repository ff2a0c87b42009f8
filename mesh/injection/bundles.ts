import { isObject, type JsonObject } from "../common/json";
import type { FieldTree } from "../k8s/fieldTree";
import { managersOf } from "../k8s/managers";
import { identityOf, type K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";

/**
 * The field manager that owns a CA bundle which the stack stops applying, until istiod writes its
 * own.
 */
export const BUNDLE_MANAGER = "pulumi-service-mesh-ca-bundle";

/** CA bundles by the names of webhooks. Empty bundles are left out. */
export type Bundles = ReadonlyMap<string, string>;

/** Returns the CA bundles of a webhook configuration. */
export function bundlesOf({ webhooks }: JsonObject): Bundles {
  const all = Array.isArray(webhooks) ? webhooks.filter(isObject) : [];
  return new Map(
    all.flatMap((webhook): [string, string][] => {
      const bundle = getPath(webhook, "clientConfig.caBundle");
      return typeof bundle === "string" && bundle !== "" ? [[String(webhook.name), bundle]] : [];
    }),
  );
}

function ownsBundle(fields: FieldTree, webhook: string): boolean {
  const path = ["f:webhooks", `k:{"name":${JSON.stringify(webhook)}}`, "f:clientConfig"];
  const found = path.reduce<unknown>(
    (tree, key) => (isObject(tree) ? tree[key] : undefined),
    fields,
  );
  return isObject(found) && found["f:caBundle"] !== undefined;
}

/**
 * Returns whether only the stack's applies have written a bundle, so that an apply without it
 * empties it.
 */
function isStacksAlone(live: K8sObject, webhook: string, stackManager: string): boolean {
  const owners = managersOf(live).filter(({ fieldsV1 }) => ownsBundle(fieldsV1, webhook));
  return (
    owners.length > 0 &&
    owners.every(({ manager, operation }) => manager === stackManager && operation === "Apply")
  );
}

/**
 * Returns the bundles that an apply by the stack would empty.
 *
 * @param live the configuration in the cluster
 * @param next the configuration to be applied
 * @param stackManager the stack's field manager
 */
export function bundlesAtRisk(live: K8sObject, next: K8sObject, stackManager: string): Bundles {
  const kept = bundlesOf(next);
  const all = [...bundlesOf(live)].filter(
    ([webhook]) => !kept.has(webhook) && isStacksAlone(live, webhook, stackManager),
  );
  return new Map(all);
}

/**
 * Returns what to apply as {@link BUNDLE_MANAGER}, so that the bundles stay when the stack stops
 * applying them.
 */
export function bundlesOnly(object: K8sObject, bundles: Bundles): K8sObject {
  const { apiVersion, kind, name } = { ...identityOf(object) };
  const webhooks: JsonObject[] = [...bundles].map(([webhook, caBundle]) => ({
    name: webhook,
    clientConfig: { caBundle },
  }));
  return { apiVersion, kind, metadata: { name }, webhooks };
}

/** Returns a configuration in which webhooks without a bundle get the given ones. */
export function withBundles(object: K8sObject, bundles: Bundles): K8sObject {
  if (!Array.isArray(object.webhooks)) {
    return object;
  }
  const own = bundlesOf(object);
  const webhooks = object.webhooks.map((webhook) => {
    const name = isObject(webhook) ? String(webhook.name) : "";
    const caBundle = own.get(name) ?? bundles.get(name);
    return isObject(webhook) && caBundle !== undefined
      ? { ...webhook, clientConfig: { ...(webhook.clientConfig as JsonObject), caBundle } }
      : webhook;
  });
  return { ...object, webhooks };
}
