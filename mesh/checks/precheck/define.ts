import { checksOf } from "../check";
import type { GateState, PrecheckState } from "./types";

/** Defines a check of `mesh precheck`. */
export const precheckOf = checksOf<PrecheckState>();

/** Defines a check that an update makes too, of the little that it reads. */
export const gateCheckOf = checksOf<GateState>();
