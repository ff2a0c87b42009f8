import { DEFAULT_REVISION } from "../../mesh/k8s/istioLabels";
import { getPath } from "../../mesh/k8s/path";
import { revisionTitle } from "../../mesh/model/facts";
import type { FormerPlace } from "../objects/meshPart";
import * as pulumi from "../pulumi/sdk";
import type { Build } from "./build";

/*
 * Some objects change their component with the inputs, and stay the same objects of the cluster. Pulumi
 * has to know where they were: otherwise it makes each anew in its new place, and then deletes it by
 * its old one.
 */

type Place = Pick<Build, "name" | "parent">;

/** A part that this program may not have. */
function part(parent: pulumi.Resource, type: string, component: string): FormerPlace {
  return { component, parent: pulumi.createUrn(component, `servicemesh:index:${type}`, parent) };
}

export const validatorName = (name: string) => `${name}-default-validator`;
export const tagName = (name: string, tag: string) => `${name}-tag-${tag}`;
export const planeName = (name: string, revision: string) => `${name}-${revisionTitle(revision)}`;
export const yieldedName = (name: string) => `${name}-yielded-injector`;

function tagPlace({ name, parent }: Place, tag: string): FormerPlace {
  return part(parent, "RevisionTag", tagName(name, tag));
}

/** The default validator: that of a tag `default`, while there was one. */
export function formerValidator(build: Place): FormerPlace {
  return tagPlace(build, DEFAULT_REVISION);
}

/** The objects of a tag: the default validator of the base, and tags that a control plane's chart made. */
export function formerTag({ name, parent, plan }: Build, tag: string): FormerPlace[] {
  const planes = plan.controlPlanes.map(({ revision }) =>
    part(parent, "ControlPlane", planeName(name, revision)),
  );
  return tag === DEFAULT_REVISION
    ? [part(parent, "DefaultValidator", validatorName(name)), ...planes]
    : planes;
}

/** Tags that a control plane's chart makes. */
function chartTags({ plan }: Build, revision: string): string[] {
  const mesh = plan.controlPlanes.find((own) => own.revision === revision);
  const listed = mesh && getPath(mesh.document, "spec.values.revisionTags");
  return Array.isArray(listed) ? listed.map(String) : [];
}

/** The objects of a control plane: tags that its chart makes now, and an injector that had yielded. */
export function formerPlane(build: Build, revision: string): FormerPlace[] {
  const { name, parent } = build;
  const tags = chartTags(build, revision).map((tag) => tagPlace(build, tag));
  return revision === "" ? [part(parent, "YieldedInjector", yieldedName(name)), ...tags] : tags;
}

/** The injector of Istio's default revision, while no tag `default` took its place. */
export function formerInjector({ name, parent }: Place): FormerPlace {
  return part(parent, "ControlPlane", planeName(name, ""));
}
