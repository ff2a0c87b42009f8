import type { Problem } from "../common/problem";
import { describeUsers, usersOfRevision } from "../guard/users";
import type { MeshFacts } from "../model/facts";
import { INPUTS_SOURCE } from "../model/meshInputs";

/** Finds a managed control plane that is removed while the inputs still name its revision. */
export function checkManagedRemoval(before: MeshFacts, after: MeshFacts): Problem[] {
  const revision = before.managed?.revision;
  if (revision === undefined || revision === after.managed?.revision) {
    return [];
  }
  const users = usersOfRevision(revision, after);
  return users.length === 0
    ? []
    : [
        {
          source: INPUTS_SOURCE,
          path: "managed",
          value: revision,
          reason: `the managed control plane is given up while it is used by ${describeUsers(users)}`,
          fix: "move these to another revision first, in an update of their own",
        },
      ];
}
