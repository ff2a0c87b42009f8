import { DEFAULT_REVISION } from "../../mesh/k8s/istioLabels";
import { getPath } from "../../mesh/k8s/path";
import { revisionTitle } from "../../mesh/model/facts";
import type { FormerPlace } from "../objects/meshPart";
import * as pulumi from "../pulumi/sdk";
import type { Build } from "./build";

/**
 * Some objects move to another component when the inputs change, but stay the same objects of the
 * cluster. Pulumi must know their former component. Otherwise it would create each object again in
 * its new place, and then delete it through the old one.
 */

type Place = Pick<Build, "name" | "parent">;

/** A part that this program may not contain. */
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

/** The default validator may have belonged to a tag `default`. */
export function formerValidator(build: Place): FormerPlace {
  return tagPlace(build, DEFAULT_REVISION);
}

/**
 * A tag's objects may have belonged to the base (the default validator) or to a control plane's
 * chart.
 */
export function formerTag({ name, parent, plan }: Build, tag: string): FormerPlace[] {
  const planes = plan.controlPlanes.map(({ revision }) =>
    part(parent, "ControlPlane", planeName(name, revision)),
  );
  return tag === DEFAULT_REVISION
    ? [part(parent, "DefaultValidator", validatorName(name)), ...planes]
    : planes;
}

/** Returns the tags that a control plane's chart creates. */
function chartTags({ plan }: Build, revision: string): string[] {
  const mesh = plan.controlPlanes.find((own) => own.revision === revision);
  const listed = mesh && getPath(mesh.document, "spec.values.revisionTags");
  return Array.isArray(listed) ? listed.map(String) : [];
}

/** A control plane's objects may have belonged to tags, or to an injector that had yielded. */
export function formerPlane(build: Build, revision: string): FormerPlace[] {
  const { name, parent } = build;
  const tags = chartTags(build, revision).map((tag) => tagPlace(build, tag));
  return revision === "" ? [part(parent, "YieldedInjector", yieldedName(name)), ...tags] : tags;
}

/**
 * The injector of Istio's default revision belongs to its control plane while no tag `default`
 * replaces it.
 */
export function formerInjector({ name, parent }: Place): FormerPlace {
  return part(parent, "ControlPlane", planeName(name, ""));
}
