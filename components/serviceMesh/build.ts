import type { OverlayGatewayFacts } from "../../mesh/model/facts";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import type { RenderedPart } from "../../mesh/plan/graph";
import type { MeshPlan } from "../../mesh/plan/meshPlan";
import type { Ownership } from "../objects/ownership";
import type { Rollouts } from "../objects/rollouts";
import type { ClusterSession } from "../pulumi/clusterSession";
import type * as pulumi from "../pulumi/sdk";
import type { TargetInput } from "../pulumi/target";
import type { SharedPlan } from "./sharedPlan";

/** What the parts of a `ServiceMesh` are made from. */
export interface Build {
  /** Name of the `ServiceMesh`, with which the names of its parts begin. */
  readonly name: string;
  readonly parent: pulumi.ComponentResource;
  readonly inputs: ServiceMeshInputs;
  readonly plan: MeshPlan;
  readonly meshes: SharedPlan;
  readonly target: TargetInput | undefined;
  /** The mesh's only connection to the cluster, which all parts share. */
  readonly session: ClusterSession;
  /** Set only if there is a cluster, which is asked before objects are created or deleted. */
  readonly ownership: Ownership | undefined;
  /** Watches workloads while they roll out. Set only if there is a cluster. */
  readonly rollouts: Rollouts | undefined;
  /** The parts of the mesh in order, with their objects. */
  readonly parts: readonly RenderedPart[];
  /** Whether an input of some typed gateway is a secret. */
  readonly hasSecretGateways: boolean;
  /** What the overlays' gateways are. */
  readonly overlayGateways: readonly OverlayGatewayFacts[];
  readonly dependsOn: pulumi.ResourceOptions["dependsOn"];
  /** The provider of the objects. @default the one that the `ServiceMesh` inherits */
  readonly provider: pulumi.ProviderResource | undefined;
}
