import type { K8sObject } from "./patch/types";
import { imagesOf } from "./render/images";
import type { ResolvedMesh } from "./resolve";

/** What a mesh is made of, for people and for stack outputs. */
export interface MeshSummary {
  readonly version: string;
  readonly revision: string;
  readonly profile: string;
  readonly namespace: string;
  /** Titles of the installed components, in install order. */
  readonly components: readonly string[];
  /** Layers over the profile, lowest first. */
  readonly overlays: readonly string[];
  readonly mtlsMode: string;
  readonly images: readonly string[];
  readonly objects: number;
}

/** Layers that every mesh has are of no news to anyone. */
const SILENT_LAYERS = /^(profile|base|platform) /;

/** Sums up a mesh and its rendered objects. */
export function summarize(mesh: ResolvedMesh, objects: readonly K8sObject[]): MeshSummary {
  return {
    version: mesh.version,
    revision: mesh.revision,
    profile: mesh.profile,
    namespace: mesh.namespace,
    components: mesh.components.map(({ component, name }) =>
      component.isList ? `${component.title}: ${name}` : component.title,
    ),
    overlays: mesh.layers.filter((layer) => !SILENT_LAYERS.test(layer)),
    mtlsMode: mesh.extensions.mtlsMode ?? "PERMISSIVE (Istio's default)",
    images: imagesOf(objects),
    objects: objects.length,
  };
}
