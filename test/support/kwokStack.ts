import { NEWEST } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster } from "./liveCluster";
import { TestStack } from "./stack";
import type { Tools } from "./tools";

/** A cluster of a test's own, and a stack for it. */
export interface Scene {
  /** The test stops it. */
  readonly api: ApiServer;
  readonly live: LiveCluster;
  readonly stack: TestStack;
}

/**
 * A stack with a minimal mesh, on a cluster where kwok plays the pods.
 *
 * @param config more configuration, or other
 * @param webhooks whether the API server asks webhooks. No istiod runs, so nothing answers those of
 *   a mesh. @default false
 */
export async function kwokStack(
  tools: Tools,
  name: string,
  config: Readonly<Record<string, unknown>> = {},
  { webhooks = false } = {},
): Promise<Scene> {
  const api = await startKwokCluster({ webhooks });
  try {
    const stack = await TestStack.create(tools, name, {
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:version": NEWEST,
      "mesh:profile": "minimal",
      ...config,
    });
    return { api, live: liveCluster(api.kubeconfig), stack };
  } catch (error) {
    await api.stop();
    throw error;
  }
}
