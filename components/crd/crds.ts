import { type CrdFacts, crdFacts } from "../../mesh/crd";
import type { CrdsOnDestroy } from "../../mesh/inputs/types";
import type { K8sObject } from "../../mesh/patch/types";
import { identityOf } from "../../mesh/render/objects";
import { registerObject } from "../kubernetesObject";
import { registered } from "../registered";
import * as pulumi from "../sdk";
import type { Target } from "../target";
import { type CrdDelivery, crdDelivery } from "./delivery";

/**
 * One CRD, tracked by its digest. Its manifest is delivered by a hook before the resource is
 * created or updated; unless told otherwise, it stays in the cluster when the resource goes, since
 * with a CRD every object of its kind is lost (istio#54172).
 *
 * The manifest itself is not a resource property: Istio's 14 CRDs hold some 16,000 properties,
 * and the engine's work on them took two thirds of every preview.
 */
export class Crd extends pulumi.ComponentResource {
  /** Digest of the manifest. */
  readonly digest: pulumi.Output<string>;

  constructor(name: string, facts: CrdFacts, opts: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Crd", name, facts, opts);
    this.digest = pulumi.output(facts.digest);
    this.registerOutputs({ digest: this.digest });
  }
}

type TargetInput = pulumi.Input<Target>;

/** Opens the delivery when the first CRD needs it: only an update knows every Output. */
function lazyDelivery(target: TargetInput, timeoutSeconds: number): () => Promise<CrdDelivery> {
  let opened: Promise<CrdDelivery> | undefined;
  return () => {
    opened ??= new Promise((resolve) => {
      pulumi.output(target).apply((known) => resolve(crdDelivery(known, timeoutSeconds)));
    });
    return opened;
  };
}

/** What to do with the CRDs of a mesh, and where. */
interface Handling {
  readonly delivery: () => Promise<CrdDelivery>;
  readonly onDestroy: CrdsOnDestroy;
}

function hooksFor(
  component: string,
  crds: readonly K8sObject[],
  { delivery, onDestroy }: Handling,
): pulumi.ResourceHookBinding {
  const byName = new Map(crds.map((crd) => [identityOf(crd).name, crd]));
  const hook = (name: string, act: keyof CrdDelivery) =>
    new pulumi.ResourceHook(`${component}:${name}`, async ({ newInputs, oldInputs }) => {
      const crd = byName.get(((newInputs ?? oldInputs) as { name: string }).name);
      if (crd !== undefined) {
        await (await delivery())[act](crd);
      }
    });
  const deliver = hook("deliver", "apply");
  return {
    beforeCreate: [deliver],
    beforeUpdate: [deliver],
    // Not bound in vain: a hook has `pulumi destroy` ask for the program.
    ...(onDestroy === "delete" && { beforeDelete: [hook("remove", "remove")] }),
  };
}

function trackedCrds(
  component: string,
  crds: readonly K8sObject[],
  handling: Handling,
  opts: pulumi.ComponentResourceOptions,
): Crd[] {
  const hooks = hooksFor(component, crds, handling);
  return crds.map((crd) => {
    const name = `${component}:${identityOf(crd).name}`;
    return new Crd(name, crdFacts(crd), { ...opts, hooks });
  });
}

/**
 * Registers the CRDs of a mesh. With a target they are tracked by digest and delivered by hooks;
 * without one, the provider of the component applies them as they are. Ends when all of them are
 * there, since Pulumi's `dependsOn` does not wait for components without children.
 */
export async function registerCrds(
  component: string,
  crds: readonly K8sObject[],
  options: pulumi.ComponentResourceOptions & {
    readonly target: TargetInput | undefined;
    readonly timeoutSeconds: number;
    readonly onDestroy: CrdsOnDestroy;
  },
): Promise<void> {
  const { target, timeoutSeconds, onDestroy, ...opts } = options;
  if (target === undefined) {
    for (const crd of crds) {
      registerObject(component, crd, { ...opts, retainOnDelete: onDestroy === "keep" });
    }
    return;
  }
  const handling = { delivery: lazyDelivery(target, timeoutSeconds), onDestroy };
  await Promise.all(trackedCrds(component, crds, handling, opts).map(registered));
}
