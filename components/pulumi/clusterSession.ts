import { type ClusterTarget, type OpenCluster, openCluster } from "../../adapters/cluster/cluster";
import { type ObjectPaths, objectPaths } from "../../adapters/cluster/objectPath";
import type { Target } from "../../mesh/model/target";
import { type InputArgs, resolveArgs } from "./inputs";

/** A cluster, and where it keeps its objects. */
export interface Connection {
  readonly cluster: OpenCluster;
  readonly paths: ObjectPaths;
  readonly target: ClusterTarget;
}

/**
 * One way into the cluster of a mesh, for all its hooks and checks: connections and what is known of
 * the API server are shared, rather than found out anew by each hook.
 */
export class ClusterSession {
  private opening: Promise<Connection | undefined> | undefined;

  /** @param target where the mesh goes @default there is nobody to ask */
  constructor(private readonly target: InputArgs<Target | undefined>) {}

  /** The cluster; `undefined` for manifests, and while a preview does not know the target. */
  async cluster(): Promise<OpenCluster | undefined> {
    return (await this.connection())?.cluster;
  }

  /** As {@link cluster}, with where it keeps its objects. */
  connection(): Promise<Connection | undefined> {
    // A kubeconfig that is not there yet may be there for the next hook.
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /** Where the mesh goes; `undefined` while a preview does not know it. */
  async where(): Promise<Target | undefined> {
    const { value } = await resolveArgs<{ target: Target | undefined }>({ target: this.target });
    return value?.target;
  }

  /** Gives the connections back once the program has nothing more to do. */
  closeAtExit(): void {
    process.once("beforeExit", () => void this.close());
  }

  private async open(): Promise<Connection | undefined> {
    const target = await this.where();
    if (target?.kind !== "cluster") {
      return undefined;
    }
    const cluster = openCluster(target);
    return { cluster, paths: objectPaths(cluster), target };
  }

  private async close(): Promise<void> {
    const opened = await this.opening?.catch(() => undefined);
    opened?.cluster.close();
  }
}
