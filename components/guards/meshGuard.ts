import { usersState } from "../../adapters/cluster/guardState";
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
import { protectedIf } from "../pulumi/protectedIf";
import type * as pulumi from "../pulumi/sdk";
import { StateMarker } from "../pulumi/stateMarker";

type HookArgs = Parameters<pulumi.ResourceHook["callback"]>[0];

/** What a {@link MeshGuard} keeps in the state. `undefined` while a preview does not know it. */
async function usesIn(inputs: HookArgs["newInputs"]): Promise<MeshUses | undefined> {
  const { value } = await resolveArgs<{ input?: MeshUses }>((inputs ?? {}) as never);
  return value?.input;
}

/** @param program what the program contains, also if the whole mesh is deleted */
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
 * Protects a whole mesh. It depends on all parts, so Pulumi deletes it first. In an update, Pulumi
 * changes it after everything that is created and before anything is deleted. If someone else uses
 * a control plane that would be deleted, it refuses at that point, when no gateway has lost a pod
 * yet. The guard of a single control plane would refuse only after the gateways are deleted.
 *
 * A `destroy` is also refused in its preview, and while any gateway is protected. A protected
 * gateway alone would only keep itself. A `destroy` with `--target` includes this guard, so it is
 * refused as if the whole mesh were deleted. To remove a part, remove it from the program.
 *
 * A marker in Pulumi's state, with no object in the cluster.
 */
export class MeshGuard extends StateMarker {
  /** @param name the same in each run, because the names of its hooks are derived from it */
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
    // Protected, so that `destroy --exclude-protected` leaves it out together with the gateways.
    const { protected: gateways, protectedOverlays = [] } = uses;
    const protection = protectedIf(gateways.length + protectedOverlays.length > 0);
    super(name, input, { ...opts, ...protection, hooks: { beforeUpdate, beforeDelete } });
  }
}
