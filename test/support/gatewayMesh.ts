import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../mesh/common/json";
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

/** Waits until something of an object is so. */
export async function untilAt(
  live: LiveCluster,
  path: string,
  isSo: (object: JsonObject) => boolean,
): Promise<JsonObject> {
  for (;;) {
    const { status, body } = await live.cluster.call("GET", path);
    if (status === 200 && isSo(body)) {
      return body;
    }
    await delay(100);
  }
}
