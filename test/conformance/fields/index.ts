import type { Case } from "../cases";
import { COMPONENT_CASES } from "./components";
import { GATEWAY_CASES } from "./gateways";
import { PATCH_CASES } from "./patches";
import { REFUSED_CASES } from "./refused";
import { SPEC_CASES } from "./spec";

/** Inputs of ours: each field alone, and together. */
export function fieldCases(): Case[] {
  return [...SPEC_CASES, ...COMPONENT_CASES, ...GATEWAY_CASES, ...PATCH_CASES, ...REFUSED_CASES];
}
