import type { K8sObject } from "../../mesh/k8s/objects";
import type { MeshPlan } from "../../mesh/plan/meshPlan";
import type { RevisionTag } from "../mesh/revisionTag";
import type { Ownership } from "../objects/ownership";
import type * as pulumi from "../pulumi/sdk";
import type { TargetInput } from "../pulumi/target";
import type { SharedPlan } from "./sharedPlan";

/** What the parts of a `ServiceMesh` are made from. */
export interface Build {
  /** Name of the `ServiceMesh`, with which the names of its parts begin. */
  readonly name: string;
  readonly parent: pulumi.ComponentResource;
  readonly plan: MeshPlan;
  readonly meshes: SharedPlan;
  readonly target: TargetInput | undefined;
  /** Only where there is a cluster to ask before something goes or comes. */
  readonly ownership: Ownership | undefined;
  /** Whether what the revisions share has a default validator. */
  readonly hasValidator: boolean;
  /** All that is rendered. */
  readonly objects: readonly K8sObject[];
  readonly dependsOn: pulumi.ResourceOptions["dependsOn"];
  /** For the objects. @default the one that the `ServiceMesh` inherits */
  readonly provider: pulumi.ProviderResource | undefined;
}

/** Options for a part that comes after others. */
export type DependsOnParts = (...parts: pulumi.Resource[]) => pulumi.ComponentResourceOptions;

/** Options for what uses some revisions or tags: it comes after these. */
export type OptionsForRevisions = (names: readonly string[]) => pulumi.ComponentResourceOptions;

export interface NamedTag {
  readonly tag: string;
  readonly part: RevisionTag;
}
