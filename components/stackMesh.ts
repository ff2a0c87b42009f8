import { type StackInputs, stackInputs } from "./config";
import type { GkeFoundation } from "./gke";
import { ServiceMesh, type ServiceMeshArgs } from "./serviceMesh/serviceMesh";

/** Loaded only where it is asked for: it brings `@pulumi/gcp`. */
function foundationOf(gke: NonNullable<StackInputs["gke"]>): GkeFoundation {
  const { GkeFoundation: Foundation } = require("./gke") as typeof import("./gke");
  return new Foundation("gke", gke);
}

/** The cluster of the foundation, unless the configuration names one, or a folder. */
function targetOn({ target }: StackInputs, foundation: GkeFoundation): ServiceMeshArgs["target"] {
  const isNamed =
    target.kind === "render" || target.kubeconfig !== undefined || target.context !== undefined;
  return isNamed ? target : foundation.target;
}

/**
 * The mesh of the current stack's configuration, after what `mesh:gke` makes on Google Cloud, if that
 * is there. What the configuration says of the mesh goes before what follows from the cluster.
 *
 * @throws RunError with every unknown key and every value that cannot be read
 */
export function stackMesh(): ServiceMesh {
  const { gke, ...args } = stackInputs();
  if (gke === undefined) {
    return new ServiceMesh("mesh", args);
  }
  const foundation = foundationOf(gke);
  const all = { ...foundation.meshInputs, ...args, target: targetOn(args, foundation) };
  return new ServiceMesh("mesh", all, { dependsOn: foundation });
}
