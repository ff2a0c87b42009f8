import type { Measurement } from "../../mesh/gates/decide";
import { meshHealth } from "../../mesh/gates/meshHealth";
import type { MeshGate } from "../../mesh/model/gateInputs";
import { type ClusterAccess, readMeshState } from "../checks/validate/readState";

/** What a gate says of a stack that has no cluster. */
export const NO_CLUSTER = "the stack renders to a folder, so there is no cluster to look at";

/**
 * Measures once whether the mesh is well.
 *
 * @param access absent if the stack renders to a folder: then there is no cluster to look at
 * @param since when the stage began, in milliseconds since 1970
 */
export async function measureMesh(
  access: ClusterAccess | undefined,
  gate: MeshGate,
  since: number,
): Promise<Measurement> {
  if (access === undefined) {
    return { outcome: "good", saw: NO_CLUSTER };
  }
  try {
    return meshHealth(await readMeshState(access), since, gate);
  } catch (error) {
    return { outcome: "unreachable", saw: `the cluster: ${(error as Error).message}` };
  }
}
