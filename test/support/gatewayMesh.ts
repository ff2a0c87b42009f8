import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { kwokStack, type Scene } from "./kwokStack";
import { WEBHOOKS, writeCaBundle } from "./liveControlPlane";
import type { Tools } from "./tools";

/** A mesh of two revisions on a cluster where kwok plays the pods; its webhooks have certificates. */
export async function gatewayMesh(
  tools: Tools,
  config: Readonly<Record<string, unknown>> = {},
): Promise<Scene> {
  const scene = await kwokStack(tools, "gateways", {
    "mesh:version": PREVIOUS,
    "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: NEWEST }],
    ...config,
  });
  try {
    await scene.stack.up();
    const { items } = await scene.live.get(WEBHOOKS);
    for (const { metadata } of items as { metadata: { name: string } }[]) {
      await writeCaBundle(scene.api.kubeconfig, metadata.name);
    }
    return scene;
  } catch (error) {
    await scene.api.stop();
    throw error;
  }
}
