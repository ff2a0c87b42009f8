import { revisionTitle } from "../../mesh/model/facts";
import type { GraphPart } from "../../mesh/plan/graph";
import { ControlPlane } from "../mesh/controlPlane";
import { ManagedControlPlane } from "../mesh/managedControlPlane";
import { RevisionTag, sharedTag } from "../mesh/revisionTag";
import { RevisionGuard } from "../objects/guards";
import type * as pulumi from "../pulumi/sdk";
import type { Build } from "./build";
import { formerPlane, formerTag, planeName, tagName } from "./formerPlaces";
import type { MeshHooks } from "./hooks";
import { source } from "./sharedPlan";

/** Creates a control plane. Its users depend on the returned resource. */
export function createControlPlane(
  build: Build,
  { mesh, yields }: GraphPart<"controlPlane">,
  hooks: MeshHooks,
  opts: pulumi.ComponentResourceOptions,
  beforeWorkloads: readonly pulumi.Resource[],
): pulumi.Resource {
  const { name, parent, meshes } = build;
  const { revision } = mesh;
  const shared = meshes.share(mesh, yields ? "absent" : undefined);
  const controlPlane = new ControlPlane(planeName(name, revision), source(shared), opts, {
    beforeWorkloads,
    former: formerPlane(build, revision),
  });
  // The guard represents all objects of its control plane. If each object of each gateway named
  // each of them, state and time would grow with the product of their numbers.
  return hooks.answers === undefined
    ? controlPlane
    : new RevisionGuard(
        `${name}-guard-${revisionTitle(revision)}`,
        revision,
        hooks.removal,
        { parent, dependsOn: [controlPlane] },
        [hooks.answers],
      );
}

export function createManaged(
  { name, target, ownership }: Build,
  { inputs }: GraphPart<"managed">,
  { removal }: MeshHooks,
  opts: pulumi.ComponentResourceOptions,
): ManagedControlPlane {
  const more = { ownership, removal };
  return new ManagedControlPlane(`${name}-managed`, { ...inputs, target }, opts, more);
}

/** A tag belongs to the control plane that it points to, because its objects have that version. */
export function createTag(
  build: Build,
  { request: { tag, revision, mesh } }: GraphPart<"tag">,
  opts: pulumi.ComponentResourceOptions,
): RevisionTag {
  const args = sharedTag({ tag, revision }, Promise.resolve(build.meshes.share(mesh)));
  return new RevisionTag(tagName(build.name, tag), args, opts, formerTag(build, tag));
}
