import { type GatewayPlan, podsText, type RevisionPlan } from "./plan";
import { distribute, shares } from "./weights";

/** Points between wish and truth from which on it is worth a word. */
const NOTABLE_POINTS = 5;

/** Pods up to which a closer number is looked for. */
const MOST_PODS = 100;

function worstError(weights: readonly number[], pods: number): number {
  const { counts } = distribute(weights, pods);
  return Math.max(...shares(weights, counts).map(({ errorPoints }) => Math.abs(errorPoints)));
}

/** Fewest pods that come close to the weights; `undefined` when only very many would. */
function podsFor(weights: readonly number[]): number | undefined {
  const numbers = Array.from({ length: MOST_PODS }, (_, index) => index + 1);
  return numbers.find((pods) => worstError(weights, pods) < NOTABLE_POINTS);
}

function warning(plan: RevisionPlan, better: number | undefined): string {
  const pods = `${podsText(plan)} pod${podsText(plan) === "1" ? "" : "s"}`;
  const advice = better === undefined ? "" : `; from ${better} pods in all on it would be close`;
  return (
    `revision ${plan.revision}: its weight asks for ${plan.wishedPercent} % of the traffic, ` +
    `with ${pods} it gets about ${plan.realPercent} %${advice}`
  );
}

/**
 * Revisions whose share of pods is far from what their weight asks for, in words.
 *
 * @example
 * weightWarnings(planGateway({ ...gateway, replicas: 2, revisions: [old90, canary10] }))[1]
 * // "revision 1-29-1: its weight asks for 10 % of the traffic, with 1 pod it gets about 50 %; from 7 pods …"
 */
export function weightWarnings({ traffic, revisions }: GatewayPlan): string[] {
  if (traffic === "active") {
    return [];
  }
  const better = podsFor(revisions.map(({ weight }) => weight));
  return revisions
    .filter(({ errorPoints }) => Math.abs(errorPoints) >= NOTABLE_POINTS)
    .map((plan) => warning(plan, better));
}
