import { type ClusterTarget, type OpenCluster, openCluster } from "../../adapters/cluster/cluster";
import { Discovery, type ObjectPaths } from "../../adapters/cluster/discovery";
import type { Target } from "../../mesh/model/target";
import { type InputArgs, resolveArgs } from "./inputs";

/** A cluster, and what its API server serves. */
export interface Connection {
  readonly cluster: OpenCluster;
  readonly discovery: Discovery;
  readonly paths: ObjectPaths;
  readonly target: ClusterTarget;
}

/**
 * A mesh's only connection to its cluster. All hooks and checks share the connections and what is
 * known about the API server, instead of each hook finding it out again.
 */
export class ClusterSession {
  private opening: Promise<Connection | undefined> | undefined;

  /** @param target where the mesh goes @default no cluster is asked */
  constructor(private readonly target: InputArgs<Target | undefined>) {}

  /**
   * Returns the cluster, or `undefined` for manifests and while a preview does not know the
   * target.
   */
  async cluster(): Promise<OpenCluster | undefined> {
    return (await this.connection())?.cluster;
  }

  /** Does what {@link cluster} does, and also returns the paths of its objects. */
  connection(): Promise<Connection | undefined> {
    // A kubeconfig that does not exist yet may exist for the next hook.
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /** Returns where the mesh goes, or `undefined` while a preview does not know it. */
  async where(): Promise<Target | undefined> {
    const { value } = await resolveArgs<{ target: Target | undefined }>({ target: this.target });
    return value?.target;
  }

  /** Closes the connections when the program has nothing more to do. */
  closeAtExit(): void {
    process.once("beforeExit", () => void this.close());
  }

  private async open(): Promise<Connection | undefined> {
    const target = await this.where();
    if (target?.kind !== "cluster") {
      return undefined;
    }
    const cluster = openCluster(target);
    const discovery = new Discovery(cluster);
    return { cluster, discovery, paths: discovery.path, target };
  }

  private async close(): Promise<void> {
    const opened = await this.opening?.catch(() => undefined);
    opened?.cluster.close();
  }
}
