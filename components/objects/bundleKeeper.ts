import { applyAs } from "../../adapters/cluster/apply";
import { getObject } from "../../adapters/cluster/objects";
import type { Lookup } from "../../adapters/cluster/takeOver";
import {
  BUNDLE_MANAGER,
  type Bundles,
  bundlesAtRisk,
  bundlesOf,
  bundlesOnly,
  withBundles,
} from "../../mesh/injection/bundles";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { resourceHook } from "../pulumi/hooks";
import { resolveArgs } from "../pulumi/inputs";
import type * as pulumi from "../pulumi/sdk";

/** Returns the cluster, or `undefined` for manifests and while the cluster is only planned. */
export type Opened = () => Promise<Lookup | undefined>;

/** Returns the object that a hook runs for. */
export async function objectIn(inputs: unknown): Promise<K8sObject | undefined> {
  const { value } = await resolveArgs<K8sObject>((inputs ?? {}) as never);
  return value?.kind === undefined ? undefined : value;
}

/**
 * Keeps the CA bundles of webhooks filled. An apply that gives up a bundle (for example when
 * `values.base.validationCABundle` is removed) empties it. With `failurePolicy: Fail`, the API
 * server then refuses everything that the webhook matches, until istiod has written its own
 * bundle. Therefore another field manager owns the bundle, and istiod takes the field over from
 * that one.
 */
export class BundleKeeper {
  /** For `beforeCreate` and `beforeUpdate`, after the check of the object's owner. */
  readonly change: pulumi.ResourceHook;
  /** For `beforeDelete`. */
  readonly removal: pulumi.ResourceHook;
  /**
   * Bundles of webhooks that this update has deleted, by their titles, because it may create them
   * again.
   */
  private readonly deleted = new Map<string, Bundles>();

  /** @param name of the hooks; unique in the program, and the same in each run */
  constructor(
    name: string,
    private readonly opened: Opened,
  ) {
    this.change = resourceHook(`${name}:hold`, async ({ newInputs }) => {
      const [next, lookup] = [await objectIn(newInputs), await opened()];
      if (next !== undefined && lookup !== undefined) {
        await this.hold(lookup, next);
      }
    });
    this.removal = resourceHook(`${name}:remember`, async ({ oldInputs }) => {
      const object = await objectIn(oldInputs);
      if (object !== undefined) {
        await this.remember(object);
      }
    });
  }

  private async hold(lookup: Lookup, next: K8sObject): Promise<void> {
    const { cluster, paths, manager } = lookup;
    const path = await paths(next);
    if (path === undefined) {
      return;
    }
    const live = (await getObject(cluster, path)) as K8sObject | undefined;
    if (live !== undefined) {
      const bundles = bundlesAtRisk({ ...live, kind: next.kind }, next, manager);
      await holdBundles(lookup, next, bundles);
      return;
    }
    const bundles = this.deleted.get(objectTitle(next));
    if (bundles !== undefined) {
      await createFilled(lookup, next, bundles);
    }
  }

  private async remember(object: K8sObject): Promise<void> {
    const lookup = await this.opened();
    const path = await lookup?.paths(object);
    if (lookup === undefined || path === undefined) {
      return;
    }
    const live = (await getObject(lookup.cluster, path)) as K8sObject | undefined;
    const bundles = live === undefined ? new Map() : bundlesOf(live);
    if (bundles.size > 0) {
      this.deleted.set(objectTitle(object), bundles);
    }
  }
}

/** Makes {@link BUNDLE_MANAGER} own the bundles of an existing webhook configuration. */
export async function holdBundles(
  lookup: Lookup,
  object: K8sObject,
  bundles: Bundles,
): Promise<void> {
  if (bundles.size > 0) {
    await applyAs(lookup, BUNDLE_MANAGER, bundlesOnly(object, bundles));
  }
}

/**
 * Creates a webhook configuration with filled bundles. The create that follows finds the stack's
 * own object and keeps the bundles.
 */
export async function createFilled(
  lookup: Lookup,
  object: K8sObject,
  bundles: Bundles,
): Promise<void> {
  const filled = withBundles(object, bundles);
  await applyAs(lookup, lookup.manager, filled);
  await holdBundles(lookup, object, bundlesOf(filled));
}
