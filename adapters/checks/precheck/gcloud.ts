import type { Finding } from "../../../mesh/checks/finding";
import { findingsOf } from "../../../mesh/checks/findings";
import { checkNetworkPolicy } from "../../../mesh/checks/precheck/networkPolicy";
import { bindingsIn } from "../../../mesh/checks/precheck/policies";
import { type PolicyPlace, placeTitle } from "../../../mesh/checks/precheck/policyPlaces";
import {
  checkFirewall,
  checkProjectApis,
  projectNotChecked,
} from "../../../mesh/checks/precheck/project";
import { checkFleet, checkWorkloadIdentity } from "../../../mesh/checks/precheck/projectIdentity";
import {
  type DesiredProject,
  type ProjectNeeds,
  projectNeeds,
} from "../../../mesh/checks/precheck/projectNeeds";
import { projectsToNumber, roleNeeds } from "../../../mesh/checks/precheck/projectRoles";
import {
  checkRoles,
  policiesFor,
  type ReadPolicy,
} from "../../../mesh/checks/precheck/roleFindings";
import { isObject, type Json, type JsonObject } from "../../../mesh/common/json";
import type { ProjectNumbers } from "../../../mesh/gke/iam";
import { clusterOfContext, type GkeCluster } from "../../../mesh/gke/kubeconfig";
import { getPath } from "../../../mesh/k8s/path";
import { type ClusterTarget, loadConfig } from "../../cluster/kubeconfig";
import { execute } from "../../outsideCalls";

const found = findingsOf("gcp");
const PROJECT = "Google Cloud project";

/** How long one call of gcloud may take. */
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** The answer of gcloud, or why there is none. */
type Answer =
  | { readonly kind: "read"; readonly value: Json }
  | { readonly kind: "refused"; readonly reason: string };

/** gcloud is not installed. */
class Missing extends Error {}

async function ask(...args: readonly string[]): Promise<Answer> {
  const all = [...args, "--format=json", "--quiet"];
  const options = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  try {
    const { stdout } = await execute("gcloud", all, options);
    return { kind: "read", value: JSON.parse(stdout) as Json };
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") {
      throw new Missing();
    }
    return { kind: "refused", reason: stderr?.trim() || message };
  }
}

const objects = (value: Json): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

async function apiFindings(needs: ProjectNeeds): Promise<Finding[]> {
  const projects = [...new Set(needs.apis.map(({ project }) => project))];
  const findings = await Promise.all(
    projects.map(async (project) => {
      const answer = await ask("services", "list", "--enabled", "--project", project);
      return answer.kind === "read"
        ? checkProjectApis(needs, project, objects(answer.value))
        : [projectNotChecked(`${PROJECT} ${project}`, "its APIs are", answer.reason)];
    }),
  );
  return findings.flat();
}

async function firewallFindings(needs: ProjectNeeds, cluster: JsonObject): Promise<Finding[]> {
  const { project } = needs.cluster;
  const filter = `network:${String(cluster.network ?? "default")}`;
  const place = ["--project", project];
  const answer = await ask("compute", "firewall-rules", "list", "--filter", filter, ...place);
  return answer.kind === "read"
    ? checkFirewall(needs, cluster, objects(answer.value))
    : [projectNotChecked(`${PROJECT} ${project}`, "its firewall is", answer.reason)];
}

/** Returns the numbers of projects, without those that gcloud may not describe. */
async function readNumbers(projects: readonly string[]): Promise<ProjectNumbers> {
  const read = await Promise.all(
    projects.map(async (project) => {
      const answer = await ask("projects", "describe", project);
      const number = answer.kind === "read" ? getPath(answer.value, "projectNumber") : undefined;
      return number === undefined ? [] : [[project, String(number)] as const];
    }),
  );
  return Object.fromEntries(read.flat());
}

/** Roles in a project come from its own policy or from one above it, which fewer people may read. */
async function askPolicy(place: PolicyPlace): Promise<Answer> {
  switch (place.kind) {
    case "project": {
      const all = await ask("projects", "get-ancestors-iam-policy", place.project);
      return all.kind === "read" ? all : ask("projects", "get-iam-policy", place.project);
    }
    case "caPool": {
      const [, project = "", , location = "", , pool = ""] = place.caPool.split("/");
      const at = ["--location", location, "--project", project];
      return ask("privateca", "pools", "get-iam-policy", pool, ...at);
    }
    case "repository": {
      const at = ["--location", place.location, "--project", place.project];
      return ask("artifacts", "repositories", "get-iam-policy", place.repository, ...at);
    }
  }
}

async function readPolicies(places: readonly PolicyPlace[]): Promise<Map<string, ReadPolicy>> {
  const read = await Promise.all(
    places.map(async (place): Promise<readonly [string, ReadPolicy]> => {
      const answer = await askPolicy(place);
      const policy: ReadPolicy =
        answer.kind === "read" ? { kind: "read", bindings: bindingsIn(answer.value) } : answer;
      return [placeTitle(place), policy];
    }),
  );
  return new Map(read);
}

async function roleFindings(needs: ProjectNeeds, cluster: JsonObject): Promise<Finding[]> {
  const wanted = projectsToNumber(needs);
  const numbers = await readNumbers(wanted);
  const unknown = wanted
    .filter((project) => numbers[project] === undefined)
    .map((project) => {
      const what = "roles of identities that its number names are";
      return projectNotChecked(
        `${PROJECT} ${project}`,
        what,
        "gcloud does not describe the project",
      );
    });
  const roles = roleNeeds(needs, cluster, numbers);
  const policies = await readPolicies(policiesFor(roles));
  return [...unknown, ...checkRoles(roles, policies, needs.hasFoundation)];
}

async function findingsFor(needs: ProjectNeeds): Promise<Finding[]> {
  const { project, location, cluster: name } = needs.cluster;
  const at = ["--location", location, "--project", project];
  const [described, apis] = await Promise.all([
    ask("container", "clusters", "describe", name, ...at),
    apiFindings(needs),
  ]);
  if (described.kind === "refused") {
    return [...apis, projectNotChecked(`GKE cluster ${name}`, "is", described.reason)];
  }
  const cluster = isObject(described.value) ? described.value : {};
  const [firewall, roles] = await Promise.all([
    firewallFindings(needs, cluster),
    roleFindings(needs, cluster),
  ]);
  const identity = [...checkWorkloadIdentity(needs, cluster), ...checkFleet(needs, cluster)];
  return [...apis, ...firewall, ...checkNetworkPolicy(needs, cluster), ...identity, ...roles];
}

const INSTALL = "install it: https://cloud.google.com/sdk/docs/install";

/** Returns the cluster of the context, or else that of the stack's foundation. */
function clusterOf(context: string, { gke }: DesiredProject): GkeCluster | undefined {
  const { project, location, cluster } = gke ?? {};
  return (
    clusterOfContext(context) ??
    (project === undefined || location === undefined || cluster === undefined
      ? undefined
      : { project, location, cluster: cluster.name })
  );
}

/**
 * Asks gcloud about the projects around a GKE cluster: APIs, firewall, identities and roles.
 * If gcloud cannot answer a question, that is a finding, and the rest is checked.
 */
export async function checkProject(
  target: ClusterTarget,
  desired: DesiredProject,
): Promise<Finding[]> {
  const context = loadConfig(target).getCurrentContext() ?? "";
  const cluster = clusterOf(context, desired);
  if (cluster === undefined) {
    const reason = `is not checked: the context ${context} does not name it`;
    const fix =
      "gcloud container clusters get-credentials CLUSTER --location LOCATION --project PROJECT";
    return [found.warning(PROJECT, reason, fix)];
  }
  try {
    const findings = await findingsFor(projectNeeds(cluster, desired));
    const fine = "its APIs, firewall, identities and roles fit";
    return findings.length > 0 ? findings : [found.ok(`${PROJECT} ${cluster.project}`, fine)];
  } catch (error) {
    if (error instanceof Missing) {
      return [found.warning(PROJECT, "is not checked: gcloud is not installed", INSTALL)];
    }
    throw error;
  }
}
