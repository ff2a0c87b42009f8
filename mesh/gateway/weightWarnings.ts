import { type GatewayPlan, podsText, type RevisionPlan } from "./plan";
import { distribute, shares } from "./weights";

/**
 * The smallest difference between wanted and actual share, in percentage points, that is reported.
 */
const NOTABLE_POINTS = 5;

/** The largest number of pods that is tried to come closer to the weights. */
const MOST_PODS = 100;

function worstError(weights: readonly number[], pods: number): number {
  const { counts } = distribute(weights, pods);
  return Math.max(...shares(weights, counts).map(({ errorPoints }) => Math.abs(errorPoints)));
}

/**
 * Returns the smallest number of pods that comes close to the weights, or `undefined` if that
 * would take too many pods.
 */
function podsFor(weights: readonly number[]): number | undefined {
  const numbers = Array.from({ length: MOST_PODS }, (_, index) => index + 1);
  return numbers.find((pods) => worstError(weights, pods) < NOTABLE_POINTS);
}

function warning(plan: RevisionPlan, better: number | undefined): string {
  const pods = `${podsText(plan)} pod${podsText(plan) === "1" ? "" : "s"}`;
  const advice =
    better === undefined ? "" : `; with ${better} or more pods in all it would be close`;
  return (
    `revision ${plan.revision}: its weight asks for ${plan.wishedPercent} % of the traffic, ` +
    `with ${pods} it gets about ${plan.realPercent} %${advice}`
  );
}

/**
 * Returns a warning for each revision whose share of the pods is far from the share that its
 * weight asks for.
 *
 * @example
 * weightWarnings(planGateway({ ...gateway, replicas: 2, revisions: [old90, canary10] }))[1]
 * // "revision 1-31-0: its weight asks for 10 % of the traffic, with 1 pod it gets about 50 %; with 7 or more pods …"
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
