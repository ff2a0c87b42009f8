import { isObject, type JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import type { Culprit } from "../../mesh/k8s/workload";
import { ApiError, type Cluster, succeeded } from "./cluster";

/** How many objects one answer may have. A page of pods arrives well within the time limit of a call. */
const PAGE = 500;

/** How many lines of a log an error shows. */
const LOG_LINES = 10;

/** Reads a whole list, page by page. `query` has no `limit` and `continue`. */
export async function listAll(
  cluster: Cluster,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  let next = "";
  do {
    const parameters = { ...query, limit: String(PAGE), ...(next !== "" && { continue: next }) };
    const answer = await cluster.call("GET", `${path}?${new URLSearchParams(parameters)}`);
    const { items, metadata } = succeeded(path, answer);
    found.push(...(Array.isArray(items) ? items.filter(isObject) : []));
    next = isObject(metadata) && typeof metadata.continue === "string" ? metadata.continue : "";
  } while (next !== "");
  return found;
}

/** Reads a whole list. Returns an empty list if the cluster does not serve it. */
export async function listIfServed(cluster: Cluster, path: string): Promise<JsonObject[]> {
  try {
    return await listAll(cluster, path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return [];
    }
    throw error;
  }
}

/** Reads events of a namespace. Returns `undefined` if they cannot be read; not everybody may. */
export async function readEvents(
  cluster: Cluster,
  namespace: string,
  fieldSelector: string,
): Promise<JsonObject[] | undefined> {
  try {
    return await listAll(cluster, `/api/v1/namespaces/${namespace}/events`, { fieldSelector });
  } catch {
    return undefined;
  }
}

/** Reads one object. Returns `undefined` if it does not exist. */
export async function getObject(cluster: Cluster, path: string): Promise<JsonObject | undefined> {
  const answer = await cluster.call("GET", path);
  return answer.status === 404 ? undefined : succeeded(path, answer);
}

/** Deletes an object. It is no error if the object does not exist. */
export async function deleteObject(cluster: Cluster, path: string): Promise<void> {
  const answer = await cluster.call("DELETE", path);
  if (answer.status !== 404) {
    succeeded(path, answer);
  }
}

/** Returns the last lines of a container's log as a text that follows an error. */
export async function logTail(
  cluster: Cluster,
  namespace: string,
  { pod, container, previous }: Culprit & { readonly previous?: boolean },
): Promise<string> {
  if (container === undefined) {
    return "";
  }
  // With timestamps, no line is parsed as JSON.
  const query = new URLSearchParams({
    container,
    tailLines: String(LOG_LINES),
    timestamps: "true",
    ...(previous && { previous: "true" }),
  });
  try {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`;
    const { status, body } = await cluster.call("GET", path);
    const text = String(getPath(body, "message") ?? "").trim();
    const title = status === 200 ? `last lines of its log:` : "its log cannot be read:";
    return `\n${title}\n${text === "" ? "(empty)" : text}`;
  } catch (error) {
    return `\nits log cannot be read: ${(error as Error).message}`;
  }
}

/** Returns the Kubernetes version of a cluster. @throws ApiError or Error if the API server does not answer */
export async function readKubernetesVersion(cluster: Cluster): Promise<string> {
  const { gitVersion } = succeeded("/version", await cluster.call("GET", "/version"));
  return String(gitVersion);
}
