import type { Problem } from "../common/problem";
import type { GkeInputs } from "../model/gkeInputs";
import { INPUTS_SOURCE } from "../model/meshInputs";
import { type ClusterFacts, fleetProject } from "./facts";
import { needsFirewall, sourceRange } from "./firewall";
import { hasManagedControlPlane } from "./platform";

/** The problems and warnings that follow from a look-up. */
export interface FactFindings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

type Finding = Omit<Problem, "source">;

function checkRange(inputs: GkeInputs, facts: ClusterFacts): Finding[] {
  return needsFirewall(facts) && sourceRange(inputs, facts) === undefined
    ? [
        {
          path: "firewall.controlPlaneCidr",
          reason: `is needed: the nodes of ${facts.name} are private, and it does not name its control plane's range`,
          fix: "write the range of the subnetwork of its private endpoint",
          see: "https://cloud.google.com/service-mesh/docs/private-cluster-open-port",
        },
      ]
    : [];
}

function checkIdentity({ ca, telemetry, cluster }: GkeInputs, facts: ClusterFacts): Finding[] {
  const users = [
    ...(ca?.type === "mesh-ca" || ca?.type === "cas" ? ["ca"] : []),
    ...(telemetry === undefined ? [] : ["telemetry"]),
  ];
  return facts.workloadPool === undefined
    ? users.map((path) => ({
        path,
        reason: `needs Workload Identity, which is off in ${cluster.name}`,
        fix: `gcloud container clusters update ${cluster.name} --workload-pool=PROJECT.svc.id.goog, and for its node pools --workload-metadata=GKE_METADATA`,
      }))
    : [];
}

/** Autopilot allows no pod NET_ADMIN, which sidecars need without a CNI plugin. */
function checkAutopilot(inputs: GkeInputs, facts: ClusterFacts): Finding[] {
  const { name, autopilot, allowNetAdmin } = facts;
  return autopilot && !allowNetAdmin && !hasManagedControlPlane(inputs)
    ? [
        {
          path: "cluster",
          value: name,
          reason:
            "is an Autopilot cluster that refuses NET_ADMIN, so no pod with a sidecar would start",
          fix: `gcloud container clusters update ${name} --workload-policies=allow-net-admin, or fleet.mesh: MANAGEMENT_AUTOMATIC`,
        },
      ]
    : [];
}

/** Google identifies a fleet's project by its ID or its number. A number cannot be compared. */
function checkOtherFleet(inputs: GkeInputs, { fleet: found }: ClusterFacts): Finding[] {
  const wanted = fleetProject(inputs);
  const isOther =
    inputs.fleet !== undefined &&
    found !== undefined &&
    found.project !== wanted &&
    !/^\d+$/.test(found.project);
  return isOther
    ? [
        {
          path: "fleet.project",
          value: wanted,
          reason: `differs from the cluster's fleet (${found.project}); a cluster has one, for good`,
          fix: `write "${found.project}"`,
        },
      ]
    : [];
}

function checkMembership(inputs: GkeInputs, { fleet: found }: ClusterFacts): Finding[] {
  const wanted = inputs.fleet?.membership;
  return wanted !== undefined && found !== undefined && found.membership !== wanted
    ? [
        {
          path: "fleet.membership",
          value: wanted,
          reason: `differs from the cluster's own membership (${found.membership})`,
          fix: `write "${found.membership}", or leave it out`,
        },
      ]
    : [];
}

function warnings(inputs: GkeInputs, facts: ClusterFacts): Finding[] {
  const { firewall, ca, fleet, cluster } = inputs;
  const idle =
    firewall !== undefined && !needsFirewall(facts)
      ? [{ path: "firewall", reason: "does nothing: the cluster's nodes are not private" }]
      : [];
  const alone =
    ca?.type === "mesh-ca" && fleet === undefined
      ? [
          {
            path: "ca",
            value: "mesh-ca",
            reason: "signs only for fleets with the mesh feature, and no fleet is given",
            fix: "write `fleet: {}`, unless somebody else has set it up",
          },
        ]
      : [];
  const unlabelled =
    fleet !== undefined && cluster.kind === "existing"
      ? [
          {
            path: "fleet",
            reason: `does not label ${cluster.name}, which is not the stack's: Google Cloud's mesh pages need mesh_id=proj-NUMBER`,
            fix: `gcloud container clusters update ${cluster.name} --update-labels=mesh_id=proj-FLEET_PROJECT_NUMBER`,
          },
        ]
      : [];
  return [...idle, ...alone, ...unlabelled];
}

/**
 * Checks what only a look-up shows: a private cluster without a range, Autopilot's limits, another
 * fleet.
 */
export function checkFacts(inputs: GkeInputs, facts: ClusterFacts): FactFindings {
  const asProblem = (finding: Finding): Problem => ({ source: INPUTS_SOURCE, ...finding });
  return {
    problems: [
      ...checkRange(inputs, facts),
      ...checkIdentity(inputs, facts),
      ...checkAutopilot(inputs, facts),
      ...checkOtherFleet(inputs, facts),
      ...checkMembership(inputs, facts),
    ].map(asProblem),
    warnings: warnings(inputs, facts).map(asProblem),
  };
}
