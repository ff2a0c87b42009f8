import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PREVIOUS } from "../../toolchain/versions";
import { type Node, smallGateway, upstreamEnvoyOverlay } from "../node/node";
import { shellWord } from "../support/shellWord";
import { TestStack } from "../support/stack";
import type { Tools } from "../support/tools";
import { PODS } from "./peers";
import { GATEWAYS } from "./shop";

export type Weights = Readonly<Record<string, number>>;

/** The gateway `web` of the configuration, with more or other settings. */
export function gateways(weights: Weights, more: object = {}) {
  const revisions = Object.entries(weights).map(([revision, weight]) => ({ revision, weight }));
  return [
    { name: "web", namespace: GATEWAYS, replicas: PODS, revisions, ...smallGateway, ...more },
  ];
}

/**
 * Pulumi in the node's background: in life it runs on another machine, and here it would take the CPU
 * that the proxies need.
 */
export function inBackground(tools: Tools, node: Node): Tools {
  const pulumi = join(node.folder, "pulumi");
  const words = node.inBackground([tools.pulumi]).map(shellWord).join(" ");
  writeFileSync(pulumi, `#!/bin/sh\nexec ${words} "$@"\n`);
  chmodSync(pulumi, 0o755);
  return { ...tools, pulumi };
}

/** A stack for a node: a minimal mesh with what its images need. */
export function nodeStack(
  tools: Tools,
  node: Node,
  name: string,
  config: Readonly<Record<string, unknown>>,
): Promise<TestStack> {
  return TestStack.create(tools, name, {
    "mesh:target": "cluster",
    "mesh:kubeconfig": node.kubeconfig,
    "mesh:version": PREVIOUS,
    "mesh:profile": "minimal",
    "mesh:overlays": [upstreamEnvoyOverlay],
    ...config,
  });
}
