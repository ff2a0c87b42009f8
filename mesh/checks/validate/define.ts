import { checksOf } from "../check";
import type { ValidateState } from "./state";

/** Defines a check of `mesh validate`. */
export const validationOf = checksOf<ValidateState>();
