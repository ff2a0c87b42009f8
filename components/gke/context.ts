import type { GkePlan } from "../../mesh/gke/plan";
import { withDependencies } from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/** What the resources of one foundation have in common. */
export interface GkeContext {
  /** The name of the component. Every child's name begins with it. */
  readonly name: string;
  readonly plan: GkePlan;
  readonly parent: pulumi.Resource;
  /** What the component waits for. Its children wait for it too. */
  readonly dependsOn: pulumi.ResourceOptions["dependsOn"];
}

/** Returns the options of a child that comes after other resources. */
export function childOptions(
  { parent, dependsOn }: GkeContext,
  after: readonly pulumi.Resource[] = [],
): pulumi.CustomResourceOptions {
  return { parent, dependsOn: withDependencies(dependsOn, after) };
}
