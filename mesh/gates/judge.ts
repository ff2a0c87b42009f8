import type { PrometheusGate } from "../model/gateInputs";
import type { Measurement, Outcome } from "./decide";
import type { PrometheusAnswer, Sample } from "./prometheusAnswer";
import type { GateQuery } from "./promql";

/** The answers to one question: to its query, and to the one that it is compared with. */
export interface Answers {
  readonly own: PrometheusAnswer;
  /** Present if the question compares. */
  readonly compared?: PrometheusAnswer;
}

/** The lowest good success rate, in percent. */
export const DEFAULT_SUCCESS_PERCENT = 99;

interface Limits {
  readonly min?: number;
  readonly max?: number;
}

/** The worst first. What is known to be bad goes before what is not known. */
const WORST: readonly Outcome[] = ["bad", "impossible", "unreachable", "noData", "good"];

const DECIMALS = 2;

/** @example numberText(99.5) // "99.5" */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toFixed(DECIMALS))) : String(value);
}

function valueText({ metric }: PrometheusGate, value: number): string {
  const number = numberText(value);
  switch (metric) {
    case "success-rate":
      return `success rate ${number} %`;
    case "p99":
      return `p99 ${number} ms`;
    default:
      return number;
  }
}

function limitsOf({ metric, min, max }: PrometheusGate): Limits {
  const lowest = metric === "success-rate" ? (min ?? DEFAULT_SUCCESS_PERCENT) : min;
  return {
    ...(lowest !== undefined && { min: lowest }),
    ...(max !== undefined && { max }),
  };
}

/** Returns what a value breaks, or `undefined`. */
function broken(value: number, { min, max }: Limits): string | undefined {
  if (min !== undefined && value < min) {
    return `below ${numberText(min)}`;
  }
  return max !== undefined && value > max ? `above ${numberText(max)}` : undefined;
}

function seriesText(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(", ")}} `;
}

function judgeSample(gate: PrometheusGate, sample: Sample, limits: Limits): Measurement {
  const text = `${seriesText(sample.labels)}${valueText(gate, sample.value)}`;
  const fault = broken(sample.value, limits);
  return fault === undefined
    ? { outcome: "good", saw: text }
    : { outcome: "bad", saw: `${text}, ${fault}` };
}

/** Returns the measurement that counts for all of them. */
function worst(measurements: readonly Measurement[]): Measurement {
  const ranked = [...measurements].sort(
    (a, b) => WORST.indexOf(a.outcome) - WORST.indexOf(b.outcome),
  );
  const outcome = ranked[0]?.outcome ?? "noData";
  const same = ranked.filter((each) => each.outcome === outcome);
  return { outcome, saw: same.map(({ saw }) => saw).join("; ") };
}

function numbersIn(answer: PrometheusAnswer): readonly Sample[] {
  return answer.kind === "samples"
    ? answer.samples.filter(({ value }) => !Number.isNaN(value))
    : [];
}

/** What keeps a query from having a value, or `undefined`. */
function withoutValue(
  { metric }: PrometheusGate,
  subject: string,
  answer: PrometheusAnswer,
): Measurement | undefined {
  switch (answer.kind) {
    case "unreachable":
      return { outcome: "unreachable", saw: `Prometheus cannot be asked: ${answer.reason}` };
    case "refused":
      return { outcome: "impossible", saw: `${subject}: Prometheus refuses: ${answer.reason}` };
    default: {
      const why =
        metric === undefined ? "the query has no result" : "Prometheus has no requests of it";
      return numbersIn(answer).length > 0
        ? undefined
        : { outcome: "noData", saw: `${subject}: no data: ${why}` };
    }
  }
}

/** The limit that follows from the old revision. */
function comparedLimit(
  gate: PrometheusGate,
  { compared: question }: GateQuery,
  { compared: answer }: Answers,
): Measurement | Limits {
  if (question === undefined || answer === undefined) {
    return {};
  }
  const missing = withoutValue(gate, question.subject, answer);
  if (missing !== undefined) {
    return missing;
  }
  const values = numbersIn(answer).map(({ value }) => value);
  return { max: Math.max(...values) * question.times };
}

/** A value that is too large is told with its limit, which is explained here. */
function comparedText(outcome: Outcome, times: number, old: number): string {
  return outcome === "bad"
    ? ` (${numberText(times)} times the old revision's ${numberText(old)} ms)`
    : ` (old revision: ${numberText(old)} ms)`;
}

function judgeOne(gate: PrometheusGate, question: GateQuery, answers: Answers): Measurement {
  const { subject } = question;
  const missing = withoutValue(gate, subject, answers.own);
  if (missing !== undefined) {
    return missing;
  }
  const fromOld = comparedLimit(gate, question, answers);
  if ("outcome" in fromOld) {
    return fromOld;
  }
  const limits = limitsOf(gate);
  const max = Math.min(limits.max ?? Infinity, fromOld.max ?? Infinity);
  const all = numbersIn(answers.own).map((sample) =>
    judgeSample(gate, sample, Number.isFinite(max) ? { ...limits, max } : limits),
  );
  const { outcome, saw } = worst(all);
  const times = question.compared?.times;
  const isFromOld = times !== undefined && fromOld.max !== undefined && fromOld.max === max;
  const because = isFromOld ? comparedText(outcome, times, fromOld.max / times) : "";
  return { outcome, saw: `${subject}: ${saw}${because}` };
}

/**
 * Judges what Prometheus answered to all questions of a gate. The worst answer counts.
 *
 * @param asked each question with its answers
 */
export function judgeAnswers(
  gate: PrometheusGate,
  asked: readonly { readonly question: GateQuery; readonly answers: Answers }[],
): Measurement {
  return worst(asked.map(({ question, answers }) => judgeOne(gate, question, answers)));
}
