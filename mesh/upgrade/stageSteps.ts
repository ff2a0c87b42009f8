import type { Problem } from "../common/problem";
import { jumpRisks } from "./jumps";
import { upgradeProblem } from "./replacedPlanes";
import type { UpgradePlan, UpgradeStage } from "./types";
import { stageOf } from "./upgradePlan";

function indexOf(plan: UpgradePlan, name: string): number {
  return plan.stages.indexOf(stageOf(plan, name));
}

const at = ({ stages }: UpgradePlan, index: number) => stages[index] as UpgradeStage;

function isSafe(plan: UpgradePlan, from: number, to: number): boolean {
  return to > from ? to === from + 1 : jumpRisks(at(plan, from), at(plan, to)).length === 0;
}

/** Returns the earliest stage that can be reached in one update, not before the wanted one. */
function backTo(plan: UpgradePlan, from: number, to: number): number {
  const candidates = Array.from({ length: from - to }, (_, index) => to + index);
  return candidates.find((candidate) => isSafe(plan, from, candidate)) ?? from - 1;
}

/**
 * Returns the stages to go through from one stage to another, with an update for each: forward all of
 * them, backward as few as are known to be safe.
 *
 * @returns the stages without the first and with the last; empty if both are the same
 * @throws InvalidInput for a name that the upgrade does not have
 * @example route(plan, "remove", "prepare") // ["node-agents", "install", "prepare"]
 */
export function route(plan: UpgradePlan, from: string, to: string): string[] {
  const [start, end] = [indexOf(plan, from), indexOf(plan, to)];
  const walk: string[] = [];
  for (let now = start; now !== end; ) {
    now = end > now ? now + 1 : backTo(plan, now, end);
    walk.push(at(plan, now).name);
  }
  return walk;
}

/** Writes a way in a few words. Most of a long one is left out. */
function wayText(stages: readonly string[]): string {
  const [first, ...rest] = stages;
  const last = rest.at(-1);
  return stages.length > 6
    ? `${first}, ${rest[0]}, … (${stages.length} updates), ${last}`
    : stages.join(", then ");
}

/**
 * Returns why an update may not go from one stage to another, with the way to go. Nothing is returned
 * for a step that is known to be safe: one stage forward, or back to a stage so that no control plane
 * and no tag goes in the update that moves its users.
 *
 * @throws InvalidInput for a name that the upgrade does not have
 * @example checkStageStep(plan, "install", "namespaces-1")[0].reason
 * // "skips stages: the mesh is in install, and stages go forward one by one"
 */
export function checkStageStep(plan: UpgradePlan, from: string, to: string): Problem[] {
  const [start, end] = [indexOf(plan, from), indexOf(plan, to)];
  if (start === end || isSafe(plan, start, end)) {
    return [];
  }
  const fix = `set upgrade.stage to each of these, with an update after each: ${wayText(route(plan, from, to))}`;
  const risks =
    end > start
      ? [`skips stages: the mesh is in ${from}, and stages go forward one by one`]
      : jumpRisks(at(plan, start), at(plan, end)).map(
          (risk) => `cannot follow on ${from} in one update: ${risk}`,
        );
  return risks.map((reason) => upgradeProblem("stage", { value: to, reason, fix }));
}
