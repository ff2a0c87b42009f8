import type { Problem } from "../common/problem";
import type { K8sObject } from "../k8s/objects";
import { withoutLiveFields } from "../render/liveFields";
import { type RenderTools, renderOnce } from "../render/render";
import { meshGraph, objectsOf, renderGraph, warningsOf } from "./graph";
import type { MeshPlan } from "./meshPlan";

/** Every object of a mesh, in the order in which it is applied, and what is worth a warning. */
export interface GeneratedManifests {
  readonly objects: readonly K8sObject[];
  readonly warnings: readonly Problem[];
}

/**
 * Renders all that an update would apply, part by part. What holds a private key is left out: the
 * Secret of plug-in certificates.
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
