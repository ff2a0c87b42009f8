import { applyAs } from "../../adapters/cluster/apply";
import { succeeded } from "../../adapters/cluster/cluster";
import { getObject, listWebhooks } from "../../adapters/cluster/objects";
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

/** Field manager of what is changed outside of an apply. */
const SWITCH_MANAGER = "pulumi-service-mesh-injector-switch";

/** How often a write may meet another write of the same object. */
const ATTEMPTS = 5;

async function ownInjectors({ cluster, manager }: Lookup): Promise<K8sObject[]> {
  const apiVersion = "admissionregistration.k8s.io/v1";
  const all = (await listWebhooks(cluster)).map(
    (one) => ({ ...one, apiVersion, kind: INJECTOR }) as K8sObject,
  );
  return all.filter((one) => isManagedBy(one, manager));
}

/** Changes an injector in place, as it is at that moment. One that is gone needs no change. */
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

/** A bundle for each webhook of an injector, from those that serve the same pods now. */
function borrowed(next: K8sObject, yielding: readonly K8sObject[]): Bundles {
  const [bundle] = yielding.flatMap((one) => [...bundlesOf(one).values()]);
  const webhooks = Array.isArray(next.webhooks) ? (next.webhooks as JsonObject[]) : [];
  return new Map(
    bundle === undefined ? [] : webhooks.map(({ name }) => [String(name), bundle] as const),
  );
}

/**
 * Has one injector take over from another without a moment in which both inject the same pod. Pulumi
 * creates and updates before it deletes, so that an injector and the one that it replaces would
 * otherwise stand side by side.
 *
 * 1. The new injector is made, with selectors that match no pod and a CA bundle: from then on nothing
 *    but its selectors has to change.
 * 2. The injectors that give way get such selectors too.
 * 3. The new injector gets its own.
 *
 * An update that fails after that may be followed by one that goes back to the old inputs, and to
 * which Pulumi sees no difference: {@link wake} then gives an injector its selectors again.
 */
export class InjectorSwitch {
  /** For `beforeCreate` and `beforeUpdate` of injectors, after all other hooks. */
  readonly hook: pulumi.ResourceHook;
  /** Everything that would be applied. To be set before the first object is registered. */
  wished: readonly K8sObject[] = [];

  /** @param name of the hook; unique in the program, and the same in each run */
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

  /** Gives injectors their selectors again that an update which failed has left without. */
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
