import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type FakeInjector, startFakeInjector } from "./fakeInjector";
import { type LiveCluster, liveCluster, namespace } from "./liveCluster";
import { useTestCache } from "./temporary";
import type { Tools } from "./tools";

/** A cluster where kwok plays the pods, and an injector answers the API server for real. */
export interface InjectingCluster {
  readonly api: ApiServer;
  readonly live: LiveCluster;
  readonly injector: FakeInjector;
  stop(): Promise<void>;
}

/** Starts such a cluster, with the namespace istio-system, for a test that renders by itself too. */
export async function injectingCluster(tools: Tools): Promise<InjectingCluster> {
  const undo = useTestCache();
  process.env.PULUMI_HOME ??= tools.home;
  const api = await startKwokCluster();
  let injector: FakeInjector | undefined;
  const stop = async () => {
    await injector?.stop();
    await api.stop();
    undo();
  };
  try {
    injector = await startFakeInjector(api);
    const live = liveCluster(api.kubeconfig);
    await live.apply(namespace("istio-system"));
    return { api, live, injector, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
