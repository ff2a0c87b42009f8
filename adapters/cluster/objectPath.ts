import { isObject, type JsonObject } from "../../mesh/common/json";
import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import { type Cluster, succeeded } from "./cluster";

/** Returns the path of an object at the API server, or `undefined` if its kind is not served. */
export type ObjectPaths = (object: K8sObject) => Promise<string | undefined>;

interface ServedKind {
  readonly plural: string;
  readonly namespaced: boolean;
}

function root(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function servedKinds({ resources }: JsonObject): Map<string, ServedKind> {
  const rows = Array.isArray(resources) ? resources.filter(isObject) : [];
  return new Map(
    rows
      // `deployments/status` and the like are of the same kind.
      .filter(({ name }) => typeof name === "string" && !name.includes("/"))
      .map(({ kind, name, namespaced }) => [
        String(kind),
        { plural: String(name), namespaced: namespaced === true },
      ]),
  );
}

/** Returns how the API server serves a kind, or `undefined` if it does not. */
export type KindLookup = (apiVersion: string, kind: string) => Promise<ServedKind | undefined>;

/** Asks the API server for its resources, once for each version of an API. */
export function kindLookup(cluster: Cluster): KindLookup {
  const known = new Map<string, Promise<Map<string, ServedKind>>>();

  async function ask(apiVersion: string): Promise<Map<string, ServedKind>> {
    const path = root(apiVersion);
    const answer = await cluster.call("GET", path);
    if (answer.status === 404) {
      known.delete(apiVersion); // a CRD may bring it later
      return new Map();
    }
    return servedKinds(succeeded(path, answer));
  }

  return async (apiVersion, kind) => {
    const asked = known.get(apiVersion) ?? ask(apiVersion);
    known.set(apiVersion, asked);
    return (await asked).get(kind);
  };
}

/** Returns a function that finds the paths of objects. */
export function objectPaths(cluster: Cluster): ObjectPaths {
  const lookUp = kindLookup(cluster);
  return async (object) => {
    const { apiVersion, kind, namespace, name } = identityOf(object);
    const served = await lookUp(apiVersion, kind);
    if (served === undefined) {
      return undefined;
    }
    const below = served.namespaced ? `/namespaces/${namespace || "default"}` : "";
    return `${root(apiVersion)}${below}/${served.plural}/${name}`;
  };
}

/** Returns a function that finds the path of a kind's list in all namespaces. */
export function listPaths(
  cluster: Cluster,
): (apiVersion: string, kind: string) => Promise<string | undefined> {
  const lookUp = kindLookup(cluster);
  return async (apiVersion, kind) => {
    const served = await lookUp(apiVersion, kind);
    return served && `${root(apiVersion)}/${served.plural}`;
  };
}
