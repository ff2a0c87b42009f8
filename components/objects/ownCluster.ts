import { entryFindings } from "../../adapters/checks/precheck/gate";
import { Reader } from "../../adapters/checks/precheck/reader";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { ClusterInputs } from "../../mesh/model/clusterInputs";
import { type MeshFacts, NO_MESH } from "../../mesh/model/facts";
import { checkStep } from "../../mesh/plan/meshPlan";
import { ClusterSession } from "../pulumi/clusterSession";
import { resourceHook, takesHooks } from "../pulumi/hooks";
import { recordPlan } from "../pulumi/planRecord";
import type * as pulumi from "../pulumi/sdk";
import { tellFindings } from "./foreignEntries";
import { lookAtEffects } from "./liveEffects";
import { lookAtGateways } from "./liveGateways";
import { currentManager } from "./manager";
import { Ownership } from "./ownership";
import { followRollouts, type Rollouts } from "./rollouts";
import { SharedParts } from "./sharedParts";
import { lookForStranded } from "./strandedServices";

/** What a component that belongs to no ServiceMesh uses of its own cluster. */
export interface OwnCluster {
  readonly session: ClusterSession;
  readonly ownership: Ownership;
  readonly rollouts: Rollouts;
}

/**
 * Returns a hook that reports, once and before the first object changes, what others have added to
 * the workloads of a component. A preview must also work if no cluster answers.
 */
function entriesHook(
  name: string,
  session: ClusterSession,
  objects: () => Promise<readonly K8sObject[]>,
): pulumi.ResourceHook {
  const read = async () => {
    const cluster = await session.cluster();
    return cluster === undefined ? [] : entryFindings(new Reader(cluster), await objects());
  };
  let told: Promise<void> | undefined;
  const tell = () => {
    told ??= read()
      .catch(() => [])
      .then(tellFindings);
    return told;
  };
  return resourceHook(`${name}:entries`, tell, { onDryRun: true });
}

/**
 * Opens the cluster of a component that belongs to no ServiceMesh. The component then treats what
 * is in the cluster as a ServiceMesh does: nobody else's objects are taken without consent, live
 * pod counts stay, entries of others are named, and what does not come up is explained.
 *
 * @param name the name of the component
 * @param objects returns all objects of the component
 * @param session the component's connection to the target @default a new one
 * @returns `undefined` without a cluster as target
 */
export function ownCluster(
  name: string,
  { target, adopt = "none" }: ClusterInputs,
  objects: () => Promise<readonly K8sObject[]>,
  session = new ClusterSession(target),
): OwnCluster | undefined {
  if (target?.kind !== "cluster") {
    return undefined;
  }
  if (takesHooks()) {
    session.closeAtExit();
  }
  const sharing = new SharedParts(name, { session, manager: currentManager(), controlPlanes: [] });
  const gate = entriesHook(name, session, objects);
  const options = { session, mode: adopt, gate, sharing, removesByHook: false };
  const ownership = new Ownership(`${name}:adopt`, options);
  const rollouts = followRollouts(name, session, (text) => ownership.explain(text));
  return { session, ownership, rollouts };
}

/**
 * Records the facts of such a component before its first object is registered, so that a preview
 * says what changes, and a step that loses traffic is refused.
 *
 * @param options the cluster, if there is one, is asked for Services of others that a step would strand
 */
export async function recordAlone(
  name: string,
  facts: Partial<MeshFacts>,
  options: {
    readonly parent: pulumi.Resource;
    readonly dependsOn: pulumi.ResourceOptions["dependsOn"];
    readonly session: ClusterSession | undefined;
    /** Whether some input is a secret. */
    readonly sensitive: boolean;
  },
): Promise<void> {
  const { parent, dependsOn, session, sensitive } = options;
  await recordPlan(
    `${name}-plan`,
    { ...NO_MESH, ...facts },
    {
      parent,
      dependsOn,
      sensitive,
      check: checkStep,
      look: session && ((before, after) => lookForStranded(session, before, after)),
      gateways: session && ((before, after) => lookAtGateways(session, before, after)),
      effects: session && ((before, after) => lookAtEffects(session, before, after)),
    },
  );
}
