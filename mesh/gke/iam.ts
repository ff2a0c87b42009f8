import type { GkeInputs, GkeTelemetryInputs, Report } from "../model/gkeInputs";
import { fleetProject } from "./facts";

/** One role for one member. The roles of other members are not changed. */
export type IamGrant =
  | {
      readonly kind: "project";
      readonly project: string;
      readonly role: string;
      readonly member: string;
    }
  | {
      readonly kind: "caPool";
      readonly caPool: string;
      readonly role: string;
      readonly member: string;
    };

/** The numbers of projects by their IDs. Principals contain the number. */
export type ProjectNumbers = Readonly<Record<string, string>>;

/** Roles that only allow writing. None of them allows reading data or changing a setting. */
const REPORT_ROLES: Readonly<Record<Report, string>> = {
  metrics: "roles/monitoring.metricWriter",
  logs: "roles/logging.logWriter",
  traces: "roles/cloudtrace.agent",
};

/** The roles that Google's guide to CA Service grants, and only on the pool. */
const CAS_ROLES = ["roles/privateca.workloadCertificateRequester", "roles/privateca.auditor"];

/** Returns the identity pool of a project's clusters. */
export function workloadPool(project: string): string {
  return `${project}.svc.id.goog`;
}

function poolPath(project: string, numbers: ProjectNumbers): string {
  const number = numbers[project] ?? project;
  return `projects/${number}/locations/global/workloadIdentityPools/${workloadPool(project)}`;
}

/**
 * Returns the members that write what is reported.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#principal-id-examples
 */
function reporters(
  { workloads }: GkeTelemetryInputs,
  { project, location, cluster }: GkeInputs,
  numbers: ProjectNumbers,
): string[] {
  const pool = poolPath(project, numbers);
  if (workloads === "all") {
    const url = `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${cluster.name}`;
    return [`principalSet://iam.googleapis.com/${pool}/kubernetes.cluster/${url}`];
  }
  return workloads.map(
    ({ namespace, serviceAccount }) =>
      `principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${serviceAccount}`,
  );
}

function telemetryGrants(inputs: GkeInputs, numbers: ProjectNumbers): IamGrant[] {
  const { telemetry, project } = inputs;
  if (telemetry === undefined) {
    return [];
  }
  const roles = [...new Set(telemetry.reports)].map((report) => REPORT_ROLES[report]);
  const members = reporters(telemetry, inputs, numbers);
  return roles.flatMap((role) =>
    members.map((member): IamGrant => ({ kind: "project", project, role, member })),
  );
}

/** Every workload of the fleet's pool requests only its own certificate. */
function caGrants(inputs: GkeInputs): IamGrant[] {
  const { ca } = inputs;
  if (ca?.type !== "cas") {
    return [];
  }
  const member = `group:${workloadPool(fleetProject(inputs))}:/allAuthenticatedUsers/`;
  return CAS_ROLES.map((role) => ({ kind: "caPool", caPool: ca.caPool, role, member }));
}

/** With this role, Google's mesh service reads clusters in projects other than the fleet's. */
function fleetGrants(inputs: GkeInputs, numbers: ProjectNumbers): IamGrant[] {
  const { fleet, project } = inputs;
  const host = fleetProject(inputs);
  if (fleet === undefined || host === project) {
    return [];
  }
  const agent = `service-${numbers[host] ?? host}@gcp-sa-servicemesh.iam.gserviceaccount.com`;
  const role = "roles/anthosservicemesh.serviceAgent";
  return [{ kind: "project", project, role, member: `serviceAccount:${agent}` }];
}

/** Returns the projects whose numbers {@link grants} needs. */
export function numberedProjects(inputs: GkeInputs): string[] {
  const { telemetry, fleet, project, cluster } = inputs;
  const host = fleetProject(inputs);
  const labelled = fleet !== undefined && cluster.kind === "new";
  const needed = [
    ...(telemetry === undefined ? [] : [project]),
    ...(fleet !== undefined && (host !== project || labelled) ? [host] : []),
  ];
  return [...new Set(needed)];
}

/**
 * Returns the roles that the inputs need: to write what is reported, and to request certificates
 * from CA Service. Mesh CA only needs the fleet's mesh feature, and Istio's CA needs nothing.
 */
export function grants(inputs: GkeInputs, numbers: ProjectNumbers): IamGrant[] {
  return [
    ...telemetryGrants(inputs, numbers),
    ...caGrants(inputs),
    ...fleetGrants(inputs, numbers),
  ];
}
