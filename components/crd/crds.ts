import { type CrdFacts, crdFacts } from "../../mesh/crd";
import type { K8sObject } from "../../mesh/patch/types";
import { identityOf } from "../../mesh/render/objects";
import { registerObject } from "../kubernetesObject";
import * as pulumi from "../sdk";
import type { Target } from "../target";
import { type CrdDelivery, crdDelivery } from "./delivery";

/**
 * One CRD, tracked by its digest. Its manifest is delivered by a hook before the resource is
 * created or updated; it stays in the cluster when the resource goes, since with a CRD every
 * object of its kind is lost (istio#54172).
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
function lazyDelivery(target: TargetInput): () => Promise<CrdDelivery> {
  let opened: Promise<CrdDelivery> | undefined;
  return () => {
    opened ??= new Promise((resolve) => {
      pulumi.output(target).apply((known) => resolve(crdDelivery(known)));
    });
    return opened;
  };
}

function trackedCrds(
  component: string,
  crds: readonly K8sObject[],
  target: TargetInput,
  opts: pulumi.ComponentResourceOptions,
): Crd[] {
  const delivery = lazyDelivery(target);
  const byName = new Map(crds.map((crd) => [identityOf(crd).name, crd]));
  const deliver = new pulumi.ResourceHook(`${component}:deliver`, async ({ newInputs }) => {
    const crd = byName.get((newInputs as { name: string }).name);
    if (crd !== undefined) {
      await (await delivery()).apply(crd);
    }
  });
  const hooks = { beforeCreate: [deliver], beforeUpdate: [deliver] };
  return crds.map((crd) => {
    const name = `${component}:${identityOf(crd).name}`;
    return new Crd(name, crdFacts(crd), { ...opts, hooks });
  });
}

/** A component is registered once its hooks have run. */
function registered(resource: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    resource.urn.apply(() => resolve());
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
  options: pulumi.ComponentResourceOptions & { readonly target: TargetInput | undefined },
): Promise<void> {
  const { target, ...opts } = options;
  if (target === undefined) {
    for (const crd of crds) {
      registerObject(component, crd, { ...opts, retainOnDelete: true });
    }
    return;
  }
  await Promise.all(trackedCrds(component, crds, target, opts).map(registered));
}
