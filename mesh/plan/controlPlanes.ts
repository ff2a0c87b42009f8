import semver from "semver";
import type { Problem } from "../common/problem";
import type { MeshInputs } from "../model/meshInputs";
import type { RevisionInputs } from "../model/serviceMeshInputs";

/** The inputs of every control plane of a mesh, and of what they share. */
export interface ControlPlaneInputs {
  /** One for each revision, in the given order. */
  readonly controlPlanes: readonly MeshInputs[];
  /** For the CRDs and what the revisions share. It has the newest of all versions. */
  readonly shared: MeshInputs;
  /**
   * For the node agents and the gateways of overlays. It has the mesh's own version and revision.
   */
  readonly primary: MeshInputs;
}

function withRevision(mesh: MeshInputs, own: RevisionInputs): MeshInputs {
  const { overlays = [], set = [], ...fields } = own;
  return {
    ...mesh,
    ...fields,
    overlays: [...(mesh.overlays ?? []), ...overlays],
    set: [...(mesh.set ?? []), ...set],
  };
}

/** Invalid versions are reported by the check of each control plane. */
function newest(versions: readonly string[]): string {
  const valid = versions.filter((version) => semver.valid(version) !== null);
  return valid.sort(semver.rcompare)[0] ?? versions[0] ?? "";
}

/**
 * Returns the inputs of each of a mesh's control planes.
 *
 * - without `revisions`: one control plane from the mesh's own inputs
 * - the CRDs and what revisions share have the newest version, because an older control plane works
 *   with newer CRDs, but not the reverse (istio#43204)
 * - node agents and the gateways of overlays have the mesh's own `version`, so a new revision
 *   beside the old one changes neither (istio#26019, istio#57438)
 */
export function spreadInputs(
  mesh: MeshInputs,
  revisions: readonly RevisionInputs[] | undefined,
): ControlPlaneInputs {
  const first = revisions?.[0];
  const primary: MeshInputs =
    mesh.revision === undefined && first !== undefined
      ? { ...mesh, revision: first.revision }
      : mesh;
  const controlPlanes = revisions?.map((own) => withRevision(mesh, own)) ?? [primary];
  const version = newest([mesh.version, ...controlPlanes.map((plane) => plane.version)]);
  return { controlPlanes, shared: { ...primary, version }, primary };
}

/**
 * Returns what is wrong with the list of revisions, apart from its items.
 *
 * @param managed whether Google runs a control plane, so that the cluster may have none @default
 * false
 */
export function checkRevisions(
  revisions: readonly RevisionInputs[] | undefined,
  managed = false,
): Problem[] {
  if (revisions === undefined || (managed && revisions.length === 0)) {
    return [];
  }
  if (revisions.length === 0) {
    const fix = "name at least one, or leave `revisions` out";
    return [{ source: "inputs", path: "revisions", reason: "is an empty list", fix }];
  }
  const names = revisions.map(({ revision }) => revision);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            source: "inputs",
            path: `revisions[${index}].revision`,
            value: name,
            reason: "is given twice",
            fix: "give each control plane a name of its own",
          },
        ],
  );
}
