import { checksOf } from "../check";
import type { GateState, PrecheckState } from "./types";

/** Defines a check of `mesh precheck`. */
export const precheckOf = checksOf<PrecheckState>();

/** Defines a check that also runs before each update, with the few parts that an update reads. */
export const gateCheckOf = checksOf<GateState>();
