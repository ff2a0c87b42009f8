import type { K8sObject } from "../k8s/objects";
import { componentsIn } from "../model/component";
import { revisionTitle } from "../model/facts";
import { imagesOf } from "../render/images";
import type { ResolvedMesh } from "../spec/resolve";
import type { MeshPlan } from "./meshPlan";

/** What a mesh is made of, for people and for stack outputs. */
export interface MeshSummary {
  /** Istio version of the components. */
  readonly version: string;
  /** Revision of the first control plane. Absent if the mesh has none of its own. */
  readonly revision?: string;
  /** Profile below the overlays. */
  readonly profile: string;
  /** Namespace of the control plane. */
  readonly namespace: string;
  /** Titles of the installed components, in install order. */
  readonly components: readonly string[];
  /** Layers on top of the profile, lowest first. */
  readonly overlays: readonly string[];
  /** Mode of mutual TLS in the whole mesh. */
  readonly mtlsMode: string;
  /** Images that the components pull. */
  readonly images: readonly string[];
  /** Number of rendered objects. */
  readonly objects: number;
}

/** Layers that every mesh has, which the summary leaves out. */
const SILENT_LAYERS = /^(profile|base|platform) /;

function componentTitles({ shared, primary, controlPlanes }: MeshPlan): string[] {
  const titles = (mesh: ResolvedMesh, names: readonly string[]) =>
    mesh.components
      .filter(({ component }) => names.includes(component.name))
      .map(({ component, name }) =>
        component.isList ? `${component.title}: ${name}` : component.title,
      );
  const planes = controlPlanes.flatMap((mesh) =>
    titles(mesh, componentsIn("revision")).map((title) =>
      controlPlanes.length > 1
        ? `${title} ${revisionTitle(mesh.revision)} (${mesh.version})`
        : title,
    ),
  );
  const agents = titles(primary, componentsIn("cluster"));
  return [...titles(shared, componentsIn("shared")), ...planes, ...agents];
}

/** Sums up a planned mesh and its rendered objects. */
export function summarize(plan: MeshPlan, objects: readonly K8sObject[]): MeshSummary {
  const { primary } = plan;
  const revision = plan.controlPlanes[0]?.revision;
  return {
    version: primary.version,
    ...(revision !== undefined && { revision }),
    profile: primary.profile,
    namespace: primary.namespace,
    components: componentTitles(plan),
    overlays: primary.layers.filter((layer) => !SILENT_LAYERS.test(layer)),
    mtlsMode: primary.extensions.mtlsMode ?? "PERMISSIVE (Istio's default)",
    images: imagesOf(objects),
    objects: objects.length,
  };
}
