import { type CrdFacts, crdFacts } from "../../../mesh/k8s/crd";
import { identityOf, type K8sObject } from "../../../mesh/k8s/objects";
import type { CrdsOnDestroy } from "../../../mesh/model/meshInputs";
import type { ClusterSession } from "../../pulumi/clusterSession";
import { resourceHook } from "../../pulumi/hooks";
import { registered } from "../../pulumi/registered";
import * as pulumi from "../../pulumi/sdk";
import { registerObject } from "../kubernetesObject";
import { crdDelivery } from "./delivery";
import type { CrdDelivery } from "./types";

/** The facts about each CRD, by its name. */
type FactsByName = Readonly<Record<string, CrdFacts>>;

/**
 * The CRDs of a mesh, each tracked by its digest. A hook delivers changed CRDs before the resource
 * is created or updated. By default the CRDs stay in the cluster when the resource is deleted,
 * because deleting a CRD deletes every object of its kind (istio#54172).
 *
 * The manifests are not properties of the resource: Istio's 14 CRDs have about 16,000 of them, and
 * the engine's work on these took two thirds of every preview. All CRDs share one resource,
 * because the engine writes the whole state twice for each resource that changes.
 */
export class CrdSet extends pulumi.ComponentResource {
  constructor(name: string, crds: FactsByName, opts: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:CrdSet", name, { crds }, opts);
    this.registerOutputs({});
  }
}

/** Opens the delivery when the first CRD needs it, because only an update knows every Output. */
function lazyDelivery(session: ClusterSession, timeoutSeconds: number): () => Promise<CrdDelivery> {
  let opened: Promise<CrdDelivery> | undefined;
  return () => {
    opened ??= crdDelivery(session, timeoutSeconds);
    return opened;
  };
}

/** What to do with the CRDs of a mesh, and where. */
interface Handling {
  readonly delivery: () => Promise<CrdDelivery>;
  readonly onDestroy: CrdsOnDestroy;
  /** What CRDs wait for before they are delivered. */
  readonly gates: readonly pulumi.ResourceHook[];
}

interface Inputs {
  readonly crds?: FactsByName;
}

function isChanged(name: string, from: Inputs, to: Inputs): boolean {
  return JSON.stringify(from.crds?.[name]) !== JSON.stringify(to.crds?.[name]);
}

function hooksFor(
  component: string,
  crds: readonly K8sObject[],
  { delivery, onDestroy, gates }: Handling,
): pulumi.ResourceHookBinding {
  const hook = (name: string, act: keyof CrdDelivery) =>
    resourceHook(`${component}:${name}`, async ({ newInputs, oldInputs }) => {
      const [from, to] = [oldInputs ?? {}, newInputs ?? {}] as [Inputs, Inputs];
      const changed = crds.filter((crd) => isChanged(identityOf(crd).name, from, to));
      const target = await delivery();
      await Promise.all(changed.map(target[act]));
    });
  const before = [...gates, hook("deliver", "apply")];
  return {
    beforeCreate: before,
    beforeUpdate: before,
    // Bound only when needed, because any delete hook makes `pulumi destroy` require
    // `--run-program`.
    ...(onDestroy === "delete" && { beforeDelete: [hook("remove-all", "remove")] }),
  };
}

/**
 * Registers the CRDs of a mesh. With a session, they are tracked by digest and delivered by hooks.
 * Without one, the component's provider applies them. Resolves when all of them exist, because
 * Pulumi's `dependsOn` does not wait for components without children.
 *
 * @returns the objects that the provider applies
 */
export async function registerCrds(
  component: string,
  crds: readonly K8sObject[],
  options: pulumi.ComponentResourceOptions & {
    readonly session: ClusterSession | undefined;
    readonly timeoutSeconds: number;
    readonly onDestroy: CrdsOnDestroy;
    /** @default none */
    readonly gates?: readonly pulumi.ResourceHook[] | undefined;
  },
): Promise<pulumi.Resource[]> {
  const { session, timeoutSeconds, onDestroy, gates = [], ...opts } = options;
  if (session === undefined) {
    // Not false: the component's own option would have no effect then.
    const retainOnDelete = onDestroy === "keep" || undefined;
    return crds.map((crd) => registerObject(component, crd, { ...opts, retainOnDelete }));
  }
  const handling = { delivery: lazyDelivery(session, timeoutSeconds), onDestroy, gates };
  const facts = Object.fromEntries(crds.map((crd) => [identityOf(crd).name, crdFacts(crd)]));
  const hooks = hooksFor(component, crds, handling);
  await registered(new CrdSet(`${component}-set`, facts, { ...opts, hooks }));
  return [];
}
