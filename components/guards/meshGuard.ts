import { usersState } from "../../adapters/cluster/objects";
import type { JsonObject } from "../../mesh/common/json";
import {
  isForeign,
  type MeshUses,
  refuseProtectedRemoval,
  refuseRemoval,
  removedRevisions,
} from "../../mesh/plan/meshUses";
import { currentManager } from "../objects/manager";
import type { ClusterSession } from "../pulumi/clusterSession";
import { resourceHook } from "../pulumi/hooks";
import { resolveArgs } from "../pulumi/inputs";
import type * as pulumi from "../pulumi/sdk";
import { StateMarker } from "../pulumi/stateMarker";

type HookArgs = Parameters<pulumi.ResourceHook["callback"]>[0];

/** What a {@link MeshGuard} keeps in the state. `undefined` while a preview does not know it. */
async function usesIn(inputs: HookArgs["newInputs"]): Promise<MeshUses | undefined> {
  const { value } = await resolveArgs<{ input?: MeshUses }>((inputs ?? {}) as never);
  return value?.input;
}

/** @param program what the program has, also while all of it goes */
async function usersLeft(
  session: ClusterSession,
  program: MeshUses,
  before: MeshUses,
  after: MeshUses | undefined,
): Promise<string[]> {
  if (removedRevisions(before, after).length === 0) {
    return [];
  }
  const cluster = await session.cluster();
  if (cluster === undefined) {
    return [];
  }
  const live = await usersState(cluster);
  const manager = currentManager();
  const revisions = before.revisions.filter((one) => !isForeign(one, program, live, manager));
  return refuseRemoval({ ...before, revisions }, after, live);
}

function refuse(session: ClusterSession, program: MeshUses): pulumi.ResourceHook["callback"] {
  return async ({ oldInputs, newInputs }) => {
    const [before, after] = await Promise.all([usesIn(oldInputs), usesIn(newInputs)]);
    if (before !== undefined) {
      const kept = newInputs === undefined ? refuseProtectedRemoval(before) : [];
      const refused = [...kept, ...(await usersLeft(session, program, before, after))];
      if (refused.length > 0) {
        throw new Error(refused.join("\n"));
      }
    }
  };
}

/**
 * Stands before everything of a mesh: it depends on all of it. So Pulumi deletes it first, and changes
 * it after all that is made and before anything is deleted; while somebody else uses a control plane
 * that goes, it refuses there, and no gateway has lost a pod. The guard of each control plane alone
 * would refuse only once the gateways have gone.
 *
 * A `destroy` is refused in its preview too, and also while any gateway is protected; alone, that
 * gateway would keep only itself. A `destroy` of some `--target` takes this guard along and so is
 * refused as if all of the mesh went; to take away a part, take it out of the program.
 *
 * A value in Pulumi's state; the cluster has nothing of it.
 */
export class MeshGuard extends StateMarker {
  /** @param name the same in each run, as are its hooks'; the session may be any */
  constructor(
    name: string,
    uses: MeshUses,
    session: ClusterSession,
    opts: pulumi.CustomResourceOptions,
  ) {
    const look = refuse(session, uses);
    const beforeUpdate = [resourceHook(`${name}:update`, look)];
    const beforeDelete = [resourceHook(`${name}:delete`, look, { onDryRun: true })];
    const input = { ...uses } as unknown as JsonObject;
    // Left out with the gateways by `destroy --exclude-protected`.
    const protect = uses.protected.length > 0;
    super(name, input, { ...opts, protect, hooks: { beforeUpdate, beforeDelete } });
  }
}
