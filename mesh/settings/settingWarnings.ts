import { uniqueBy } from "../common/lists";
import { formatProblem, type Problem } from "../common/problem";
import type { ResolvedMesh } from "../spec/resolve";
import { componentsLeftOutWarnings } from "./componentsLeftOut";
import { lostEntries, lostPorts, repeatedVariables } from "./lists";
import { deadProviders, unknownDiscoveryAddress, unwatchedNamespaces } from "./meshConfig";
import { namespaceOfResource, namespaceOfSpec } from "./namespaces";
import { saidTwice } from "./twice";
import { goneVariables } from "./variables";
import { withoutEffect } from "./withoutEffect";

const RULES: readonly ((mesh: ResolvedMesh) => Problem[])[] = [
  saidTwice,
  withoutEffect,
  componentsLeftOutWarnings,
  lostEntries,
  lostPorts,
  repeatedVariables,
  unwatchedNamespaces,
  deadProviders,
  goneVariables,
  unknownDiscoveryAddress,
  namespaceOfSpec,
  namespaceOfResource,
];

/**
 * What the settings of a mesh contradict, lose or do not change, though istioctl takes them without a
 * word. Each names the file and the line, and the value that wins.
 *
 * @example
 * settingWarnings(resolveMesh({ version: "1.31.0", overlays: ["hub-twice.yaml"] }))[0].path // "spec.hub"
 */
export function settingWarnings(mesh: ResolvedMesh): Problem[] {
  const found = RULES.flatMap((rule) => rule(mesh));
  return uniqueBy(found, formatProblem);
}
