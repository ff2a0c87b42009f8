import {
  apiRoot,
  type ServedKind,
  type ServedVersions,
  servedKinds,
  servedVersions,
  servesCrd,
} from "../../mesh/k8s/discovery";
import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import { type Cluster, succeeded } from "./cluster";

/** Returns the path of an object at the API server, or `undefined` if its kind is not served. */
export type ObjectPaths = (object: K8sObject) => Promise<string | undefined>;

/**
 * What an API server serves. One call answers that for all APIs but Kubernetes' core. A version that
 * the answer does not describe is asked for by itself.
 */
export class Discovery {
  private all: Promise<ServedVersions> | undefined;
  private readonly asked = new Map<string, Promise<readonly ServedKind[]>>();

  constructor(private readonly cluster: Cluster) {}

  /**
   * Returns the versions of all APIs but the core's, those of a group in the order in which the API server
   * prefers them.
   *
   * @throws ApiError or Error if the API server does not tell
   */
  async versions(): Promise<string[]> {
    return [...(await this.listed()).keys()];
  }

  /**
   * Returns the kinds of one version of an API. Empty if it is not served.
   *
   * @throws ApiError or Error if the API server does not tell
   */
  async kinds(apiVersion: string): Promise<readonly ServedKind[]> {
    return (await this.listedKinds(apiVersion)) ?? this.describe(apiVersion);
  }

  /** Returns how a kind is served, or `undefined` if it is not. */
  async find(apiVersion: string, kind: string): Promise<ServedKind | undefined> {
    const isAsked = (served: ServedKind) => served.kind === kind;
    const listed = (await this.listedKinds(apiVersion))?.find(isAsked);
    // A CRD may have brought it since.
    return listed ?? (await this.describe(apiVersion)).find(isAsked);
  }

  /** Returns those of the CRDs whose kinds may be served. All of them if the API server does not tell. */
  async servedCrds(names: readonly string[]): Promise<readonly string[]> {
    const all = await this.listed().catch(() => undefined);
    return all === undefined ? names : names.filter((name) => servesCrd(all, name));
  }

  /** Returns the path of a kind's list in all namespaces, or `undefined` if the kind is not served. */
  async listPath(apiVersion: string, kind: string): Promise<string | undefined> {
    const served = await this.find(apiVersion, kind);
    return served && `${apiRoot(apiVersion)}/${served.plural}`;
  }

  /** See {@link ObjectPaths}. */
  readonly path: ObjectPaths = async (object) => {
    const { apiVersion, kind, namespace, name } = identityOf(object);
    const served = await this.find(apiVersion, kind);
    const below = served?.namespaced ? `/namespaces/${namespace || "default"}` : "";
    return served && `${apiRoot(apiVersion)}${below}/${served.plural}/${name}`;
  };

  private listed(): Promise<ServedVersions> {
    this.all ??= this.list().catch((error: unknown) => {
      this.all = undefined;
      throw error;
    });
    return this.all;
  }

  private async list(): Promise<ServedVersions> {
    return servedVersions(succeeded("/apis", await this.cluster.call("GET", "/apis")));
  }

  /** Who may not ask for all versions may still ask for one. */
  private async listedKinds(apiVersion: string): Promise<readonly ServedKind[] | undefined> {
    const isCore = !apiVersion.includes("/");
    return isCore ? undefined : (await this.listed().catch(() => undefined))?.get(apiVersion);
  }

  /** Asks for one version, once if it is served: a CRD may bring it later. */
  private async describe(apiVersion: string): Promise<readonly ServedKind[]> {
    const asked = this.asked.get(apiVersion) ?? this.ask(apiVersion);
    this.asked.set(apiVersion, asked);
    const kinds = await asked.catch((error: unknown) => {
      this.asked.delete(apiVersion);
      throw error;
    });
    if (kinds.length === 0) {
      this.asked.delete(apiVersion);
    }
    return kinds;
  }

  private async ask(apiVersion: string): Promise<readonly ServedKind[]> {
    const path = apiRoot(apiVersion);
    const answer = await this.cluster.call("GET", path);
    return answer.status === 404 ? [] : servedKinds(apiVersion, succeeded(path, answer));
  }
}

/** Returns a function that finds the paths of objects. */
export function objectPaths(cluster: Cluster): ObjectPaths {
  return new Discovery(cluster).path;
}
