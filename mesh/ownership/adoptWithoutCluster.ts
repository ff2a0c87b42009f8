import type { ClusterInputs } from "../model/clusterInputs";
import type { InputProblem } from "../schema/checkInputs";

/** Returns the problem of `adopt` where no cluster is asked. */
export function adoptWithoutCluster({ adopt, target }: ClusterInputs): InputProblem[] {
  return adopt === undefined || target?.kind === "cluster"
    ? []
    : [
        {
          path: "adopt",
          value: adopt,
          reason: "has no effect, because there is no cluster to ask what exists",
          fix: "set `target` to a cluster too, or remove it",
        },
      ];
}
