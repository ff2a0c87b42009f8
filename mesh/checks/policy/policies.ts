import { autoImages } from "./autoImages";
import { gatewayBudgets, gatewayDrain, gatewayTargets } from "./gatewayPods";
import { gatewaySelectors } from "./gatewaySelectors";
import {
  gatewayServiceAddress,
  gatewayServiceEndpoints,
  gatewayServiceProtection,
} from "./gatewayServices";
import { injectionLabels } from "./injectionLabels";
import { injectorOverlap } from "./injectorOverlap";
import { plaintextToStrict, strictWithoutProxy } from "./mutualTls";
import { retiredApis, retiredPlaces } from "./retired";
import type { MeshPolicy } from "./types";

/** Every policy of the policy pack. A new one is a file of its own, or a rule beside others, and a line here. */
export const MESH_POLICIES: readonly MeshPolicy[] = [
  gatewayServiceAddress,
  gatewayServiceEndpoints,
  gatewayServiceProtection,
  gatewaySelectors,
  gatewayBudgets,
  gatewayTargets,
  gatewayDrain,
  injectorOverlap,
  autoImages,
  injectionLabels,
  plaintextToStrict,
  strictWithoutProxy,
  retiredPlaces,
  retiredApis,
];
