import { counted } from "../common/lists";

/** How a measurement came out. */
export type Outcome =
  | "good"
  | "bad"
  /** There is nothing to judge yet: no request, no metric. */
  | "noData"
  /** It could not be measured now. The next attempt may succeed. */
  | "unreachable"
  /** It cannot be measured in this way: a wrong query, a refused token, a program that is not there. */
  | "impossible";

/** One measurement of a gate. */
export interface Measurement {
  readonly outcome: Outcome;
  /** What was seen, in words. */
  readonly saw: string;
}

/** A measurement, and when it ended, in milliseconds since 1970. */
export interface TimedMeasurement extends Measurement {
  readonly at: number;
}

/** {@link GateTiming} with all defaults; in seconds. */
export interface Timing {
  readonly interval: number;
  readonly count: number;
  readonly warmUp: number;
  readonly limit: number;
  readonly timeout: number;
  /** What a measurement without data counts as. */
  readonly noData: "fail" | "wait" | "pass";
}

/** How many measurements of a gate came out in which way. */
export interface Counts {
  readonly good: number;
  readonly bad: number;
  readonly noData: number;
}

/** What to do with a gate now. */
export type GateDecision =
  | {
      readonly kind: "measure";
      /** When the next measurement is due, in milliseconds since 1970. */
      readonly at: number;
      readonly counts: Counts;
    }
  | { readonly kind: "passed"; readonly saw: string; readonly counts: Counts }
  /** The measurements were bad. */
  | { readonly kind: "failed"; readonly saw: string; readonly counts: Counts }
  /** It could not be measured well enough, so a person decides. */
  | { readonly kind: "undecided"; readonly saw: string; readonly counts: Counts };

/** A gate that has been decided. */
export type GateVerdict = Exclude<GateDecision, { readonly kind: "measure" }>;

/**
 * After so many attempts in a row that reach nothing, a person decides. Argo Rollouts has the same
 * number as `consecutiveErrorLimit`.
 */
export const UNREACHABLE_LIMIT = 4;

const SECOND_MS = 1000;

function effective(outcome: Outcome, noData: Timing["noData"]): Outcome {
  const counted = { fail: "bad", wait: "noData", pass: "good" } as const;
  return outcome === "noData" ? counted[noData] : outcome;
}

function countsOf(outcomes: readonly Outcome[]): Counts {
  const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
  return { good: count("good"), bad: count("bad"), noData: count("noData") };
}

/** @example inARow(["good", "unreachable", "unreachable"], "unreachable") // 2 */
function inARow(outcomes: readonly Outcome[], wanted: Outcome): number {
  const other = [...outcomes].reverse().findIndex((outcome) => outcome !== wanted);
  return other < 0 ? outcomes.length : other;
}

/** @example countsText({ good: 2, bad: 1, noData: 0 }, timing) // "2 of 3 good, 1 bad (1 tolerated)" */
export function countsText(counts: Counts, { count, limit }: Timing): string {
  const { good, bad, noData } = counts;
  return [
    `${good} of ${count} good`,
    ...(bad > 0 ? [`${bad} bad (${limit} tolerated)`] : []),
    ...(noData > 0 ? [`${noData} without data`] : []),
  ].join(", ");
}

/**
 * Decides a gate from its measurements so far. The same measurements give the same decision.
 *
 * @param begun when the stage's update ended, in milliseconds since 1970
 * @param now in milliseconds since 1970
 * @example
 * decideGate({ interval: 30, count: 3, warmUp: 60, limit: 1, timeout: 600, noData: "wait" }, [], begun, begun)
 * // { kind: "measure", at: begun + 60_000, counts: … }
 */
export function decideGate(
  timing: Timing,
  measurements: readonly TimedMeasurement[],
  begun: number,
  now: number,
): GateDecision {
  const { interval, count, warmUp, limit, timeout } = timing;
  const outcomes = measurements.map(({ outcome }) => effective(outcome, timing.noData));
  const counts = countsOf(outcomes);
  const [last, lastOutcome] = [measurements.at(-1), outcomes.at(-1)];
  const seen = last?.saw ?? "nothing was measured";
  const end = (kind: GateVerdict["kind"], saw: string): GateVerdict => ({ kind, saw, counts });
  if (counts.bad > limit) {
    const tolerated = limit === 0 ? "" : ` (${counted(counts.bad, "bad measurement")})`;
    return end("failed", `${seen}${tolerated}`);
  }
  if (lastOutcome === "impossible") {
    return end("undecided", seen);
  }
  const silent = inARow(outcomes, "unreachable");
  if (silent > UNREACHABLE_LIMIT) {
    return end("undecided", `${seen} (${silent} attempts in a row)`);
  }
  if (counts.good >= count) {
    return end("passed", seen);
  }
  const first = begun + warmUp * SECOND_MS;
  const due = last === undefined ? first : last.at + interval * SECOND_MS;
  const deadline = first + timeout * SECOND_MS;
  if (Math.max(due, now) > deadline) {
    const over = `the time of ${timeout} s is over with ${countsText(counts, timing)}; last: ${seen}`;
    return end(lastOutcome === "bad" ? "failed" : "undecided", over);
  }
  return { kind: "measure", at: due, counts };
}
