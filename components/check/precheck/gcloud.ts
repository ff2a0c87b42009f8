import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Finding } from "../../../mesh/check/finding";
import { finder } from "../../../mesh/check/precheck/finder";
import {
  checkProjectState,
  clusterOfContext,
  type GkeCluster,
} from "../../../mesh/check/precheck/project";
import { neededApis } from "../../../mesh/gke/apis";
import { isObject, type Json, type JsonObject } from "../../../mesh/json";
import type { ServiceMeshInputs } from "../../../mesh/plan/meshPlan";
import { getPath } from "../../../mesh/translate";
import { type ClusterTarget, loadConfig } from "../../cluster";

const execute = promisify(execFile);

const found = finder("gcp");
const PROJECT = "Google Cloud project";

/** How long one question may take. */
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

async function ask(args: readonly string[]): Promise<Json> {
  const all = [...args, "--format=json", "--quiet"];
  const options = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  const { stdout } = await execute("gcloud", all, options);
  return JSON.parse(stdout) as Json;
}

const objects = (value: Json): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

async function readProject({ project, location, cluster: name }: GkeCluster) {
  const place = ["--project", project];
  const [described, services] = await Promise.all([
    ask(["container", "clusters", "describe", name, "--location", location, ...place]),
    ask(["services", "list", "--enabled", ...place]),
  ]);
  const network = String(getPath(described, "network") ?? "default");
  const filter = `network:${network}`;
  const rules = await ask(["compute", "firewall-rules", "list", "--filter", filter, ...place]);
  const cluster = isObject(described) ? described : {};
  return { cluster, services: objects(services), rules: objects(rules) };
}

/** What the mesh needs of the project that the cluster is in. */
function servicesOf(
  { project, location, cluster }: GkeCluster,
  { ca }: ServiceMeshInputs,
): string[] {
  const google = ca?.type === "mesh-ca" || ca?.type === "cas" ? { ca } : {};
  const apis = neededApis(
    { project, location, cluster: { kind: "existing", name: cluster }, ...google },
    true,
  );
  return apis.filter((api) => api.project === project).map(({ service }) => service);
}

/** gcloud's own words, or that there is none. */
function failure(error: unknown): Finding {
  const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
  const missing = code === "ENOENT";
  const reason = missing ? "gcloud is not installed" : (stderr?.trim() ?? message);
  const fix = missing
    ? "install it: https://cloud.google.com/sdk/docs/install"
    : "gcloud auth login, as somebody who may view the project";
  return found("warning", PROJECT, `is not checked: ${reason}`, fix);
}

/**
 * Asks gcloud about the project of a GKE cluster (rows E2 and E3). Whatever keeps gcloud from an
 * answer is a finding.
 */
export async function checkProject(
  target: ClusterTarget,
  inputs: ServiceMeshInputs,
): Promise<Finding[]> {
  const context = loadConfig(target).getCurrentContext();
  const cluster = clusterOfContext(context);
  if (cluster === undefined) {
    const reason = `is not checked: the context ${context} does not name it`;
    const fix =
      "gcloud container clusters get-credentials CLUSTER --location LOCATION --project PROJECT";
    return [found("warning", PROJECT, reason, fix)];
  }
  try {
    const asked = { cluster, services: servicesOf(cluster, inputs) };
    return checkProjectState(asked, await readProject(cluster));
  } catch (error) {
    return [failure(error)];
  }
}
