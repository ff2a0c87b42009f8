import semver from "semver";
import type { Problem } from "../common/problem";
import type { MeshInputs } from "../model/meshInputs";
import type { RevisionInputs } from "../model/serviceMeshInputs";

/** The inputs of every control plane of a mesh, and of what they share. */
export interface ControlPlaneInputs {
  /** One for each revision, in the order in which they were given. */
  readonly controlPlanes: readonly MeshInputs[];
  /** For the CRDs and what the revisions share: the newest version of all. */
  readonly shared: MeshInputs;
  /** For the node agents and the gateways of overlays: the mesh's own version and revision. */
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

/** Versions that are none are reported by the check of each control plane. */
function newest(versions: readonly string[]): string {
  const valid = versions.filter((version) => semver.valid(version) !== null);
  return valid.sort(semver.rcompare)[0] ?? versions[0] ?? "";
}

/**
 * Spreads a mesh's inputs over its control planes.
 *
 * - without `revisions`: one control plane, as the mesh's inputs say
 * - the CRDs and what revisions share take the newest version, since an older control plane works
 *   with newer CRDs and not the other way round (istio#43204)
 * - node agents and the gateways of overlays take the mesh's own `version`: a new revision beside
 *   the old changes neither (istio#26019, istio#57438)
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
 * What is wrong with the list of revisions as a list.
 *
 * @param managed Google runs a control plane, so that none has to be in the cluster @default false
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
