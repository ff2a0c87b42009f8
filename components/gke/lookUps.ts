import { getCluster } from "@pulumi/gcp/container/getCluster";
import { getManagedZone } from "@pulumi/gcp/dns/getManagedZone";
import { getFeature } from "@pulumi/gcp/gkehub/getFeature";
import { getProject } from "@pulumi/gcp/organizations/getProject";
import { zoneKey } from "../../mesh/gke/dns";
import { existingFacts, fleetProject, type LookedUpCluster, newFacts } from "../../mesh/gke/facts";
import { FEATURE_LOCATION, MESH_FEATURE } from "../../mesh/gke/fleet";
import { numberedProjects } from "../../mesh/gke/iam";
import type { LookUps } from "../../mesh/gke/plan";
import type { GkeInputs } from "../../mesh/model/gkeInputs";

import type * as pulumi from "../pulumi/sdk";

/** What is known before the first resource is registered. */
export interface LookUpResults extends LookUps {
  /** Absent for a cluster that the stack creates. */
  readonly cluster?: LookedUpCluster;
}

/** Google's answers to the look-up of a feature that does not exist, or whose API is disabled. */
const NO_FEATURE = /not found|404|SERVICE_DISABLED|has not been used in project|it is disabled/i;

async function hasFeature(project: string, parent: pulumi.Resource): Promise<boolean> {
  try {
    await getFeature({ name: MESH_FEATURE, location: FEATURE_LOCATION, project }, { parent });
    return true;
  } catch (error) {
    if (NO_FEATURE.test((error as Error).message)) {
      return false;
    }
    throw error;
  }
}

async function lookUpCluster(
  { cluster, project, location }: GkeInputs,
  parent: pulumi.Resource,
): Promise<LookedUpCluster | undefined> {
  return cluster.kind === "existing"
    ? getCluster({ name: cluster.name, project, location }, { parent })
    : undefined;
}

async function numbersOf(projects: readonly string[], parent: pulumi.Resource) {
  const entries = projects.map(async (projectId) => {
    const { number } = await getProject({ projectId }, { parent });
    return [projectId, number] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function zonesOf({ dns = [], project }: GkeInputs, parent: pulumi.Resource) {
  const keys = new Map(dns.map((record) => [zoneKey(record, project), record]));
  const entries = [...keys].map(async ([key, record]) => {
    const args = { name: record.zone, project: record.project ?? project };
    const { dnsName } = await getManagedZone(args, { parent });
    return [key, dnsName] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Looks up only what the plan depends on: an existing cluster, the numbers of projects in
 * principals, the fleet's mesh feature and the zones.
 *
 * @throws Error from Google Cloud if something does not exist or may not be read
 */
export async function lookUp(inputs: GkeInputs, parent: pulumi.Resource): Promise<LookUpResults> {
  const { cluster: wanted, project, fleet } = inputs;
  const [cluster, numbers, feature, zones] = await Promise.all([
    lookUpCluster(inputs, parent),
    numbersOf(numberedProjects(inputs), parent),
    fleet === undefined ? false : hasFeature(fleetProject(inputs), parent),
    zonesOf(inputs, parent),
  ]);
  const facts =
    wanted.kind === "new" ? newFacts(project, wanted) : existingFacts(cluster as LookedUpCluster);
  return { facts, numbers, hasFeature: feature, zones, ...(cluster && { cluster }) };
}
