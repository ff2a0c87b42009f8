import type { Problem } from "../common/problem";
import type { K8sObject } from "../k8s/objects";
import { withoutLiveFields } from "../render/liveFields";
import { type RenderTools, renderOnce } from "../render/render";
import { meshGraph, objectsOf, renderGraph, warningsOf } from "./graph";
import type { MeshPlan } from "./meshPlan";

/** Every object of a mesh in the order of installation, and warnings. */
export interface GeneratedManifests {
  readonly objects: readonly K8sObject[];
  readonly warnings: readonly Problem[];
}

/**
 * Renders everything that an update would apply, part by part, except for the Secret of plug-in
 * certificates, because it contains a private key.
 */
export async function generateManifests(
  plan: MeshPlan,
  tools: RenderTools,
): Promise<GeneratedManifests> {
  const parts = await renderGraph(meshGraph(plan), { render: renderOnce(tools), tools });
  return {
    objects: objectsOf(parts).map(withoutLiveFields),
    warnings: [...plan.warnings, ...warningsOf(parts)],
  };
}
