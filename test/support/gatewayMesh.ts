import type { LiveCluster } from "./liveCluster";
import { WEBHOOKS, writeCaBundle } from "./liveControlPlane";
import { TestStack } from "./stack";
import { ISTIO, PREVIOUS, type Tools } from "./tools";

export const [OLD, NEW] = ["1-28-2", "1-29-1"] as const;

/** A mesh of two revisions on a cluster where kwok plays the pods; its webhooks have certificates. */
export async function gatewayMesh(
  tools: Tools,
  live: LiveCluster,
  kubeconfig: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<TestStack> {
  const stack = await TestStack.create(tools, "gateways", {
    "mesh:target": "cluster",
    "mesh:kubeconfig": kubeconfig,
    "mesh:version": PREVIOUS,
    "mesh:profile": "minimal",
    "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: ISTIO }],
    ...config,
  });
  await stack.up();
  const { items } = await live.get(WEBHOOKS);
  for (const { metadata } of items as { metadata: { name: string } }[]) {
    await writeCaBundle(kubeconfig, metadata.name);
  }
  return stack;
}
