import { overlayLibrary } from "../../../adapters/overlays";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import type { UpgradePolicy } from "../../../mesh/model/upgradeInputs";
import { planUpgrade } from "../../../mesh/upgrade/upgradePlan";
import { NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";

/** A mesh with two gateways, a tag and a namespace. */
export const INPUTS: ServiceMeshInputs = {
  version: PREVIOUS,
  profile: "minimal",
  revisions: [{ revision: OLD }],
  tags: { stable: OLD },
  gateways: ["web", "api"].map((name) => ({
    name,
    namespace: "edge",
    replicas: 10,
    revisions: [{ revision: OLD, weight: 100 }],
  })),
  namespaces: [{ name: "cart", revision: OLD }],
};

/** The upgrade of {@link INPUTS} to the newest version. */
export function upgradePlan(policy: UpgradePolicy = {}) {
  return planUpgrade(INPUTS, { to: NEWEST, policy }, overlayLibrary());
}
