import { revisionTitle } from "../../mesh/model/facts";
import type { GraphPart } from "../../mesh/plan/graph";
import { ControlPlanePart } from "../mesh/controlPlane";
import { ManagedControlPlanePart } from "../mesh/managedControlPlane";
import { RevisionTagPart } from "../mesh/revisionTag";
import { RevisionGuard } from "../objects/guards";
import type * as pulumi from "../pulumi/sdk";
import type { Build } from "./build";
import { formerPlane, formerTag, planeName, tagName } from "./formerPlaces";
import type { MeshHooks } from "./hooks";

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
  const controlPlane = new ControlPlanePart(planeName(name, revision), { shared }, opts, {
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
): ManagedControlPlanePart {
  const options = { ownership, removal };
  return new ManagedControlPlanePart(`${name}-managed`, { ...inputs, target }, opts, options);
}

/** A tag belongs to the control plane that it points to, because its objects have that version. */
export function createTag(
  build: Build,
  { request: { tag, revision, mesh } }: GraphPart<"tag">,
  opts: pulumi.ComponentResourceOptions,
): RevisionTagPart {
  const shared = build.meshes.share(mesh);
  const options = { injectorYields: true, former: formerTag(build, tag) };
  return new RevisionTagPart(
    tagName(build.name, tag),
    { shared },
    opts,
    { tag, revision },
    options,
  );
}
