import type { GkePlan } from "../../mesh/gke/plan";
import { withDependencies } from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/** What the resources of one foundation have in common. */
export interface GkeContext {
  /** Of the component; begins every child's name. */
  readonly name: string;
  readonly plan: GkePlan;
  readonly parent: pulumi.Resource;
  /** What the component was told to wait for; its children wait for it too. */
  readonly dependsOn: pulumi.ResourceOptions["dependsOn"];
}

/** Options of a child that comes after others. */
export function childOptions(
  { parent, dependsOn }: GkeContext,
  after: readonly pulumi.Resource[] = [],
): pulumi.CustomResourceOptions {
  return { parent, dependsOn: withDependencies(dependsOn, after) };
}
