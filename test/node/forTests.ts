import { setupProject } from "../../toolchain/officialCharts";
import { versions } from "../../toolchain/setup";
import { setFor } from "../cluster/kubernetes";
import type { IstioImages } from "./images/nodeImages";
import { type Node, startNode } from "./node";
import { installPackages, nodeRequirements } from "./requirements";

/** Provides what a node needs. Where none can run, the tests are skipped, and the reason is told. */
export async function requireNode(context: Mocha.Context): Promise<void> {
  context.timeout(0);
  installPackages();
  const missing = nodeRequirements();
  if (missing.length > 0) {
    console.warn(`    no node can run here for want of ${missing.join(", ")}`);
    context.skip();
  }
  await setupProject({ with: [setFor("node")], istio: versions.istio.played });
}

/**
 * A node for the tests of one file, which take it down in their `after`.
 *
 * @param images those that it has besides the usual ones, or in their place
 *
 * @example
 * before(async function () {
 *   node = await nodeFor(this);
 * });
 * after(() => node?.stop());
 */
export async function nodeFor(context: Mocha.Context, images: IstioImages = {}): Promise<Node> {
  await requireNode(context);
  return startNode(images);
}
