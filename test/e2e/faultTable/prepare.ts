import type { K8sObject } from "../../../mesh/k8s/objects";
import { NEW, NEWEST, OLD } from "../../../toolchain/versions";
import type { Node } from "../../node/node";
import { type LiveCluster, namespace } from "../../support/liveCluster";
import type { Tools } from "../../support/tools";
import { backendPod } from "../cniMesh";
import { gateways, nodeStack } from "../nodeStack";
import { openShop, routeToShop, untilReady } from "../shop";
import { PARKED, SET } from "./inputs";
import { Site } from "./site";

const labels = { app: "echo" };

/** A backend with a proxy of the newer revision. */
function echo(): K8sObject[] {
  const metadata = { name: "echo", namespace: "meshed" };
  const template = { metadata: { labels }, spec: backendPod() };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  const ports = [{ name: "http", port: 80, targetPort: 8080 }];
  return [
    namespace("meshed", { "istio.io/rev": NEW }),
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec } as unknown as K8sObject,
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports } },
  ];
}

/** A mesh of two revisions, a gateway, and backends with and without a proxy. */
export async function prepareSite(tools: Tools, node: Node, live: LiveCluster): Promise<Site> {
  const stack = await nodeStack(tools, node, "faults", {
    "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: NEWEST }],
    "mesh:tags": { default: OLD },
    "mesh:gateways": gateways({ [OLD]: 100 }, { replicas: 1 }),
    "mesh:namespaces": [PARKED],
    "mesh:set": SET,
  });
  await stack.up();
  await openShop(live);
  await routeToShop(live, "web", { app: "web" });
  for (const object of echo()) {
    await live.apply(object);
  }
  await untilReady(live, "meshed", "echo");
  return new Site(node, live, stack);
}
