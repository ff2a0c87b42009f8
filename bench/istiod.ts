import type { JsonObject } from "../mesh/common/json";
import { liveCluster } from "../test/support/liveCluster";
import { WEBHOOKS, writeCaBundle } from "../test/support/liveControlPlane";

/** Does what each istiod does once it runs: writes its certificate into its webhooks. */
export async function actAsIstiod(kubeconfig: string): Promise<void> {
  const { items } = await liveCluster(kubeconfig).get(WEBHOOKS);
  for (const { metadata } of items as unknown as { metadata: JsonObject }[]) {
    await writeCaBundle(kubeconfig, String(metadata.name));
  }
}
