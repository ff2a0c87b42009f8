import { applyAs } from "../../adapters/cluster/apply";
import { succeeded } from "../../adapters/cluster/cluster";
import { listWebhooks } from "../../adapters/cluster/guardState";
import { getObject } from "../../adapters/cluster/objects";
import type { Lookup } from "../../adapters/cluster/takeOver";
import type { JsonObject } from "../../mesh/common/json";
import { type Bundles, bundlesOf } from "../../mesh/injection/bundles";
import { deactivateInjector } from "../../mesh/injection/deactivate";
import {
  injectorsToWake,
  injectorsToYield,
  wakePatch,
  yieldPatch,
} from "../../mesh/injection/switch";
import { isManagedBy } from "../../mesh/k8s/managers";
import { identityOf, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { resourceHook } from "../pulumi/hooks";
import type * as pulumi from "../pulumi/sdk";
import { createFilled, type Opened, objectIn } from "./bundleKeeper";

const INJECTOR = "MutatingWebhookConfiguration";

/** The field manager of changes that are not applies. */
const SWITCH_MANAGER = "pulumi-service-mesh-injector-switch";

/** How often a write may conflict with another write of the same object. */
const ATTEMPTS = 5;

async function ownInjectors({ cluster, manager }: Lookup): Promise<K8sObject[]> {
  return (await listWebhooks(cluster)).filter((one) => isManagedBy(one, manager));
}

/** Changes an injector in place, based on its current state. A deleted injector needs no change. */
async function patchInjector(
  { cluster, paths }: Lookup,
  injector: K8sObject,
  patchOf: (live: K8sObject) => JsonObject[],
): Promise<void> {
  const path = await paths(injector);
  for (let attempt = 1; path !== undefined; attempt++) {
    const live = (await getObject(cluster, path)) as K8sObject | undefined;
    if (live === undefined) {
      return;
    }
    const url = `${path}?fieldManager=${SWITCH_MANAGER}`;
    const answer = await cluster.call("PATCH", url, patchOf(live), "json");
    if (answer.status !== 409 || attempt === ATTEMPTS) {
      succeeded(objectTitle(injector), answer);
      return;
    }
  }
}

/**
 * Returns a bundle for each webhook of an injector, from the injectors that serve the same pods
 * now.
 */
function borrowed(next: K8sObject, yielding: readonly K8sObject[]): Bundles {
  const [bundle] = yielding.flatMap((one) => [...bundlesOf(one).values()]);
  const webhooks = Array.isArray(next.webhooks) ? (next.webhooks as JsonObject[]) : [];
  return new Map(
    bundle === undefined ? [] : webhooks.map(({ name }) => [String(name), bundle] as const),
  );
}

/**
 * Makes one injector replace another without a moment in which both inject the same pod. Pulumi
 * creates and updates before it deletes, so a new injector and the old one would otherwise exist
 * side by side.
 *
 * 1. The new injector is created with selectors that match no pod, and with a CA bundle. Only its
 * selectors have to change from then on.
 * 2. The injectors that it replaces get such selectors too.
 * 3. The new injector gets its own selectors.
 *
 * If an update fails after that, the next one may return to the old inputs without a difference
 * that Pulumi sees. {@link wake} then restores the selectors of the old injector.
 */
export class InjectorSwitch {
  /** For `beforeCreate` and `beforeUpdate` of injectors, after all other hooks. */
  readonly hook: pulumi.ResourceHook;
  /** Everything that would be applied. Must be set before the first object is registered. */
  wished: readonly K8sObject[] = [];

  /** @param name the name of the hook; unique in the program, and the same in each run */
  constructor(
    name: string,
    private readonly opened: Opened,
  ) {
    this.hook = resourceHook(name, async ({ newInputs }) => {
      const [next, lookup] = [await objectIn(newInputs), await opened()];
      if (next?.kind === INJECTOR && lookup !== undefined) {
        await this.takeTurns(lookup, next, await ownInjectors(lookup));
      }
    });
  }

  private get injectors(): K8sObject[] {
    return this.wished.filter(({ kind }) => kind === INJECTOR);
  }

  private async takeTurns(lookup: Lookup, next: K8sObject, own: K8sObject[]): Promise<void> {
    const yielding = injectorsToYield(next, { wished: this.injectors, own });
    if (yielding.length === 0) {
      return;
    }
    const exists = own.some((one) => identityOf(one).name === identityOf(next).name);
    if (!exists) {
      await createFilled(lookup, deactivateInjector(next), borrowed(next, yielding));
    }
    for (const one of yielding) {
      await patchInjector(lookup, one, yieldPatch);
    }
    await applyAs(lookup, lookup.manager, next);
  }

  /** Restores the selectors of injectors that a failed update has left deactivated. */
  async wake(): Promise<void> {
    const lookup = await this.opened();
    if (lookup === undefined) {
      return;
    }
    const own = await ownInjectors(lookup);
    for (const wished of injectorsToWake({ wished: this.injectors, own })) {
      for (const one of injectorsToYield(wished, { wished: this.injectors, own })) {
        await patchInjector(lookup, one, yieldPatch);
      }
      await patchInjector(lookup, wished, (live) => wakePatch(live, wished));
    }
  }
}
