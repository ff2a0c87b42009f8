import { isObject, type JsonObject } from "../../common/json";
import { someOf } from "../../common/lists";
import { workloadPool } from "../../gke/iam";
import { getPath } from "../../k8s/path";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import type { ProjectNeeds } from "./projectNeeds";

const found = findingsOf("gcp-iam");

function place({ project, location }: ProjectNeeds["cluster"]): string {
  return `--location=${location} --project=${project}`;
}

/** Returns which parts of the mesh need Workload Identity. */
function usersOf({ inputs: { ca, telemetry } }: ProjectNeeds): string[] {
  return [
    ...(ca?.type === "mesh-ca" || ca?.type === "cas" ? ["certificates"] : []),
    ...(telemetry === undefined ? [] : ["telemetry"]),
  ];
}

function poolsWithout(cluster: JsonObject): string[] {
  const pools = Array.isArray(cluster.nodePools) ? cluster.nodePools.filter(isObject) : [];
  return pools
    .filter((pool) => getPath(pool, "config.workloadMetadataConfig.mode") !== "GKE_METADATA")
    .map(({ name }) => String(name));
}

/**
 * Workload Identity, where the mesh needs it: of the cluster, and of its node pools. Autopilot always
 * has it.
 *
 * @param described as `gcloud container clusters describe` prints it
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
 */
export function checkWorkloadIdentity(needs: ProjectNeeds, described: JsonObject): Finding[] {
  const users = usersOf(needs).join(" and ");
  const { project, cluster } = needs.cluster;
  if (users === "" || getPath(described, "autopilot.enabled") === true) {
    return [];
  }
  const title = `GKE cluster ${cluster}`;
  if (getPath(described, "workloadIdentityConfig.workloadPool") === undefined) {
    const reason = `Workload Identity is off, and the mesh's ${users} need it: workloads have no identity at Google Cloud`;
    const fix = `gcloud container clusters update ${cluster} ${place(needs.cluster)} --workload-pool=${workloadPool(project)}`;
    return [found.error(title, reason, fix)];
  }
  const pools = poolsWithout(described);
  const [first] = pools;
  if (first === undefined) {
    return [];
  }
  const reason = `node pools without GKE_METADATA (${someOf(pools)}): what calls Google Cloud from there does so as the node, without the roles of the mesh's ${users}`;
  const fix = `gcloud container node-pools update ${first} --cluster=${cluster} ${place(needs.cluster)} --workload-metadata=GKE_METADATA (this replaces its nodes)`;
  return [found.warning(title, reason, fix)];
}

/** Whether the cluster is in a fleet, where the mesh needs that. */
export function checkFleet(needs: ProjectNeeds, described: JsonObject): Finding[] {
  const { needsFleet, hasFoundation, inputs, cluster } = needs;
  const isMember = getPath(described, "fleet.project") !== undefined;
  if (!needsFleet || isMember || (hasFoundation && inputs.fleet !== undefined)) {
    return [];
  }
  const host = inputs.fleet?.project ?? cluster.project;
  const { project, location, cluster: name } = cluster;
  return [
    found.error(
      `GKE cluster ${name}`,
      "is in no fleet: Mesh CA and control planes that Google runs serve members of a fleet only",
      `gcloud container fleet memberships register ${name} --project=${host} --gke-uri=https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${name} --enable-workload-identity`,
    ),
  ];
}
