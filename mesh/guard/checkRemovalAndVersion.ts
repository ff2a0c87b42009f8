import type { Problem } from "../common/problem";
import type { MeshFacts } from "../model/facts";
import { checkRemoval } from "./users";
import { checkUpgradeStep } from "./versions";

/**
 * Returns what is wrong with the step from the last update to this one, as far as the inputs show:
 * a revision or tag is removed while something names it, or a version is too far away.
 */
export function checkRemovalAndVersion(before: MeshFacts, after: MeshFacts): Problem[] {
  return [...checkRemoval(before, after), ...checkUpgradeStep(before, after).problems];
}
