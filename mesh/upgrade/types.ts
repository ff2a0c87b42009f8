import type { Problem } from "../common/problem";
import type { ControlPlaneFacts, MeshFacts } from "../model/facts";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";

/**
 * What a stage does.
 *
 * - `prepare`: nothing; the mesh is what it was before the upgrade
 * - `install`: the new control plane is installed beside the old one, with the new CRDs
 * - `gateways`: gateways move traffic to the new control plane
 * - `namespaces`: namespaces that name a revision move to the new one
 * - `tag`: a tag moves, and with it the namespaces that name it
 * - `tag-gateways`: gateways that named the tag before the upgrade name it again
 * - `node-agents`: the mesh's own version: node agents, and gateways of overlays
 * - `remove`: the old control plane is removed
 * - `finish`: the inputs are what a person would have written
 */
export type StageKind =
  | "prepare"
  | "install"
  | "gateways"
  | "namespaces"
  | "tag"
  | "tag-gateways"
  | "node-agents"
  | "remove"
  | "finish";

/** What one stage of an upgrade moves. */
export interface StageMoves {
  /** Unique in the upgrade, such as `gateway-web-10`. */
  readonly name: string;
  readonly kind: StageKind;
  /** Typed gateways whose pods move or are replaced, as `NAMESPACE/NAME`. */
  readonly gateways: readonly string[];
  /** Of kind `gateways`: the share of the traffic on the new control plane after it, in percent. */
  readonly percent?: number;
  /** Names of the namespaces whose pods move. */
  readonly namespaces: readonly string[];
  /** Of kinds `tag` and `tag-gateways`. */
  readonly tag?: string;
}

/** One stage of an upgrade. */
export interface UpgradeStage extends StageMoves {
  /** The inputs of the mesh in this stage, without `upgrade`. */
  readonly inputs: ServiceMeshInputs;
  readonly facts: MeshFacts;
  /** The revisions that gateways of overlays name. */
  readonly ownRevisions: readonly string[];
}

/** A whole upgrade. */
export interface UpgradePlan {
  /** The version to which the mesh goes. */
  readonly to: string;
  /** The revision of the new control plane. */
  readonly revision: string;
  /** The control planes that are replaced, the newest first. */
  readonly from: readonly ControlPlaneFacts[];
  /** Titles of the node agents, such as `CNI`. */
  readonly nodeAgents: readonly string[];
  /** Gateways that overlays declare, as `NAMESPACE/NAME`. */
  readonly overlayGateways: readonly string[];
  /** All stages in order, from `prepare` to `finish`. */
  readonly stages: readonly UpgradeStage[];
  readonly warnings: readonly Problem[];
}
