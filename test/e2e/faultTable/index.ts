import { capacityFaults } from "./capacity";
import { controlPlaneFaults } from "./controlPlane";
import type { Fault } from "./fault";
import { injectionFaults } from "./injection";
import { inputFaults } from "./inputs";
import { trafficFaults } from "./traffic";

/** Faults, by what they are about. */
export const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  injection: injectionFaults,
  "the control plane": controlPlaneFaults,
  traffic: trafficFaults,
  capacity: capacityFaults,
  "inputs and permissions": inputFaults,
};
