import semver from "semver";
import { isObject, type JsonObject } from "../../common/json";
import { someOf } from "../../common/lists";
import { grants, type IamGrant, numberedProjects, type ProjectNumbers } from "../../gke/iam";
import { getPath } from "../../k8s/path";
import type { Severity } from "../finding";
import type { PolicyPlace } from "./policyPlaces";
import type { ProjectNeeds } from "./projectNeeds";

/** A role that a member must have. */
export interface RoleNeed {
  readonly place: PolicyPlace;
  readonly role: string;
  readonly member: string;
  /** Members that include it. @default none */
  readonly wider?: readonly string[];
  /** What does not work without it. */
  readonly why: string;
  readonly severity: Severity;
  /** The role to grant, if it differs. @default role */
  readonly grant?: string;
}

const REPORTS = "the proxies' metrics, logs or traces do not reach Google Cloud";

/** @param cluster who stands for all of the cluster's workloads */
function ofGrant(grant: IamGrant, cluster: readonly string[]): RoleNeed {
  const { role, member } = grant;
  if (grant.kind === "caPool") {
    const place: PolicyPlace = { kind: "caPool", caPool: grant.caPool };
    const why = "CA Service signs no certificate for the workloads";
    return { place, role, member, why, severity: "error" };
  }
  const place: PolicyPlace = { kind: "project", project: grant.project };
  return member.startsWith("serviceAccount:")
    ? { place, role, member, why: "the fleet's mesh does not see this cluster", severity: "error" }
    : { place, role, member, wider: cluster, why: REPORTS, severity: "warning" };
}

/** All workloads of the cluster as one member. */
function everyWorkload({ inputs }: ProjectNeeds, numbers: ProjectNumbers): string[] {
  const { project, location, cluster } = inputs;
  const all = { reports: ["metrics"], workloads: "all" } as const;
  return grants({ project, location, cluster, telemetry: all }, numbers).map(
    ({ member }) => member,
  );
}

interface NodePool {
  readonly name: string;
  readonly account: string;
}

/** Node pools with the service account of their nodes. */
function nodePools(cluster: JsonObject, number: string | undefined): NodePool[] {
  const pools = Array.isArray(cluster.nodePools) ? cluster.nodePools.filter(isObject) : [];
  return pools.flatMap((pool) => {
    const own = String(getPath(pool, "config.serviceAccount") ?? "default");
    const usual = number && `${number}-compute@developer.gserviceaccount.com`;
    const account = own === "default" ? usual : own;
    return account === undefined || account === "" ? [] : [{ name: String(pool.name), account }];
  });
}

/** GKE's own agents report as the nodes until 1.33. */
const NODES_REPORT = "<1.34.0-0";
const NODE_ROLE = "roles/container.defaultNodeServiceAccount";

function nodesReport(cluster: JsonObject): boolean {
  const version = semver.coerce(String(cluster.currentMasterVersion ?? ""));
  return version !== null && semver.satisfies(version, NODES_REPORT);
}

function ofNodes(needs: ProjectNeeds, cluster: JsonObject, numbers: ProjectNumbers): RoleNeed[] {
  const { project } = needs.cluster;
  const pools = nodePools(cluster, numbers[project]);
  const accounts = [...new Set(pools.map(({ account }) => account))];
  return accounts.flatMap((account) => {
    const member = `serviceAccount:${account}`;
    const names = someOf(pools.filter((pool) => pool.account === account).map(({ name }) => name));
    const report = ["roles/logging.logWriter", "roles/monitoring.metricWriter"].map(
      (role): RoleNeed => ({
        place: { kind: "project", project },
        role,
        member,
        why: `GKE's agents on the nodes of ${names} cannot report, nor pass the proxies' logs on`,
        severity: "warning",
        grant: NODE_ROLE,
      }),
    );
    const pull = needs.repositories.map(
      (repository): RoleNeed => ({
        place: { kind: "repository", ...repository },
        role: "roles/artifactregistry.reader",
        member,
        why: `the nodes of ${names} pull the mesh's images from there only with an imagePullSecret`,
        severity: "warning",
      }),
    );
    return [...(nodesReport(cluster) ? report : []), ...pull];
  });
}

/** Projects whose numbers {@link roleNeeds} wants: principals are named by them. */
export function projectsToNumber({ inputs, cluster }: ProjectNeeds): string[] {
  return [...new Set([cluster.project, ...numberedProjects(inputs)])];
}

/**
 * The roles that the mesh, its proxies and its nodes need.
 *
 * @param cluster as `gcloud container clusters describe` prints it
 * @param numbers of projects by their IDs; what needs one that is missing is left out
 */
export function roleNeeds(
  needs: ProjectNeeds,
  cluster: JsonObject,
  numbers: ProjectNumbers,
): RoleNeed[] {
  const missing = numberedProjects(needs.inputs).some((project) => numbers[project] === undefined);
  const own = grants(needs.inputs, numbers).filter(({ kind }) => kind === "caPool" || !missing);
  const all = everyWorkload(needs, numbers);
  return [...own.map((grant) => ofGrant(grant, all)), ...ofNodes(needs, cluster, numbers)];
}
