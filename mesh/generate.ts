import { namespaceObjects, peerAuthenticationObjects } from "./extras";
import type { K8sObject } from "./patch/types";
import type { Problem } from "./problem";
import { withoutLiveFields } from "./render/liveFields";
import { type RenderTools, renderMesh } from "./render/render";
import type { ResolvedMesh } from "./resolve";

/** Every object of a mesh, in the order in which it is applied, and what is worth a warning. */
export interface GeneratedManifests {
  readonly objects: readonly K8sObject[];
  readonly warnings: readonly Problem[];
}

/**
 * Renders all that an update would apply: namespaces, the charts' objects in install order, and
 * mesh-wide policy.
 */
export async function generateManifests(
  mesh: ResolvedMesh,
  tools: RenderTools,
): Promise<GeneratedManifests> {
  const rendered = await renderMesh(mesh, tools);
  const objects = [
    ...namespaceObjects(mesh),
    ...rendered.flatMap((component) => component.objects),
    ...peerAuthenticationObjects(mesh),
  ];
  return {
    objects: objects.map(withoutLiveFields),
    warnings: [...mesh.warnings, ...rendered.flatMap(({ warnings }) => warnings)],
  };
}
