import { revisionLabel } from "../../mesh/k8s/istioLabels";
import { revisionTitle } from "../../mesh/model/facts";
import { ControlPlane } from "../mesh/controlPlane";
import type { Crds } from "../mesh/crds";
import { ManagedControlPlane } from "../mesh/managedControlPlane";
import { RevisionTag, sharedTag } from "../mesh/revisionTag";
import { answersGate, RevisionGuard } from "../objects/guards";
import type * as pulumi from "../pulumi/sdk";
import type { Build, NamedTag } from "./build";
import { formerPlane, formerTag, planeName, tagName } from "./formerPlaces";
import { source } from "./sharedPlan";

export function createControlPlanes(
  build: Build,
  opts: pulumi.ComponentResourceOptions,
  crds: Crds,
): ControlPlane[] {
  return build.meshes.controlPlanes.map((own) => {
    const revision = own.mesh?.revision ?? "";
    return new ControlPlane(planeName(build.name, revision), source(own), opts, {
      beforeWorkloads: [crds],
      former: formerPlane(build, revision),
    });
  });
}

/** One between each control plane and all that uses it; none without a cluster. */
export function createGuards(
  { name, parent, plan, meshes, target, ownership }: Build,
  controlPlanes: readonly ControlPlane[],
  removal: pulumi.ResourceHook,
): RevisionGuard[] {
  if (ownership === undefined) {
    return [];
  }
  const answers = answersGate(`${name}:answers`, target, plan.primary.namespace);
  return controlPlanes.map((controlPlane, index) => {
    const revision = meshes.controlPlanes[index]?.mesh?.revision ?? "";
    const title = `${name}-guard-${revisionTitle(revision)}`;
    const opts = { parent, dependsOn: [controlPlane] };
    return new RevisionGuard(title, revision, removal, opts, [answers]);
  });
}

export function createManaged(
  { name, plan, target, ownership }: Build,
  opts: pulumi.ComponentResourceOptions,
  removal: pulumi.ResourceHook,
): ManagedControlPlane[] {
  const more = { ownership, removal };
  return [plan.managed ?? []]
    .flat()
    .map((inputs) => new ManagedControlPlane(`${name}-managed`, { ...inputs, target }, opts, more));
}

/** A tag belongs to the control plane that it points to: its objects are of that version. */
export function createTags(build: Build, opts: pulumi.ComponentResourceOptions): NamedTag[] {
  const { name, plan, meshes } = build;
  return Object.entries(plan.tags).flatMap(([tag, named]) => {
    const own = meshes.controlPlanes.find(
      ({ mesh }) => mesh !== undefined && revisionLabel(mesh.revision) === revisionLabel(named),
    );
    const revision = own?.mesh?.revision ?? named;
    if (own === undefined) {
      return [];
    }
    const args = sharedTag({ tag, revision }, Promise.resolve(own));
    return [{ tag, part: new RevisionTag(tagName(name, tag), args, opts, formerTag(build, tag)) }];
  });
}
