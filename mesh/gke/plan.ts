import { type Problem, throwIfAny } from "../common/problem";
import type { GkeInputs } from "../model/gkeInputs";
import { type Api, neededApis } from "./apis";
import { checkFacts } from "./checkFacts";
import { checkZones } from "./dns";
import type { ClusterFacts } from "./facts";
import { type FirewallPlan, needsFirewall, planFirewall } from "./firewall";
import { type FleetPlan, planFleet } from "./fleet";
import { grants, type IamGrant, type ProjectNumbers } from "./iam";
import { type GkeMeshInputs, type GkePlatform, gkePlatformOf, meshInputs } from "./platform";

/** Google Cloud's answers, which the plan depends on. */
export interface LookUps {
  readonly facts: ClusterFacts;
  readonly numbers: ProjectNumbers;
  /** Whether the fleet's mesh feature is enabled. */
  readonly hasFeature: boolean;
  /** The DNS names of zones, by `project/zone`. */
  readonly zones: Readonly<Record<string, string>>;
}

/** Everything that a mesh needs around it. */
export interface GkePlan {
  readonly inputs: GkeInputs;
  readonly facts: ClusterFacts;
  readonly apis: readonly Api[];
  readonly firewall?: FirewallPlan;
  readonly grants: readonly IamGrant[];
  readonly fleet?: FleetPlan;
  /** Labels that Google's mesh pages look for on a new cluster. */
  readonly labels: Readonly<Record<string, string>>;
  readonly meshInputs: GkeMeshInputs;
  readonly platform: GkePlatform;
  readonly warnings: readonly Problem[];
}

function labelsOf({ fleet, project }: GkeInputs, numbers: ProjectNumbers): Record<string, string> {
  const number = numbers[fleet?.project ?? project];
  return fleet === undefined || number === undefined ? {} : { mesh_id: `proj-${number}` };
}

/**
 * Plans what a mesh on GKE needs around it. Creates nothing.
 *
 * @param inputs inputs that passed `checkGkeInputs`
 * @throws InvalidInput with everything that the look-ups show to be wrong
 */
export function planGke(inputs: GkeInputs, lookUps: LookUps): GkePlan {
  const { facts, numbers, hasFeature, zones } = lookUps;
  const { problems, warnings } = checkFacts(inputs, facts);
  throwIfAny([...problems, ...checkZones(inputs.dns ?? [], inputs.project, zones)]);
  const firewall = planFirewall(inputs, facts);
  const fleet = planFleet(inputs, facts, hasFeature);
  return {
    inputs,
    facts,
    apis: inputs.apis === "leave" ? [] : neededApis(inputs, needsFirewall(facts)),
    ...(firewall !== undefined && { firewall }),
    grants: grants(inputs, numbers),
    ...(fleet !== undefined && { fleet }),
    labels: labelsOf(inputs, numbers),
    meshInputs: meshInputs(inputs, facts),
    platform: gkePlatformOf(inputs, facts),
    warnings,
  };
}
