import type { Problem } from "../common/problem";
import type { MeshFacts } from "../model/facts";
import { checkRemoval } from "./users";
import { checkUpgradeStep } from "./versions";

/**
 * What is wrong with the way from the last update to this one, as far as the inputs show it: a
 * revision or tag that goes while it is named, a version that is too far away.
 */
export function checkRemovalAndVersion(before: MeshFacts, after: MeshFacts): Problem[] {
  return [...checkRemoval(before, after), ...checkUpgradeStep(before, after).problems];
}
