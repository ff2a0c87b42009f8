import { counted } from "../common/lists";
import type { EndResult } from "../runner/events";
import type { ReportDocument } from "./document";
import type { ReportStep, RunSummary, UpgradeReport } from "./model";
import type { TrafficPoint, TrafficSeries } from "./traffic";

/** @example timeText(Date.UTC(2026, 10, 29, 3, 4, 5)) // "03:04:05" */
export function timeText(moment: number): string {
  return new Date(moment).toISOString().slice(11, 19);
}

/** @example dayText(Date.UTC(2026, 10, 29)) // "29 Nov 2026" */
export function dayText(moment: number): string {
  const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
  return format.format(moment);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** @example lengthText(3_725_000) // "1 h 2 min" */
export function lengthText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 2 * MINUTE) {
    return `${seconds} s`;
  }
  const minutes = Math.round(seconds / MINUTE);
  const [hours, rest] = [Math.floor(minutes / MINUTE), minutes % MINUTE];
  return seconds < HOUR || hours === 0
    ? `${minutes} min`
    : `${hours} h${rest === 0 ? "" : ` ${rest} min`}`;
}

/** How an upgrade stands, for people and for colours. */
export interface Standing {
  readonly text: string;
  readonly tone: "good" | "bad" | "waiting" | "running";
}

const STANDINGS: Readonly<Record<EndResult, Standing>> = {
  done: { text: "Done", tone: "good" },
  reached: { text: "Stopped as asked", tone: "waiting" },
  waits: { text: "Waits for a person", tone: "waiting" },
  rolledBack: { text: "Rolled back", tone: "bad" },
  failed: { text: "An update failed", tone: "bad" },
  interrupted: { text: "Interrupted", tone: "waiting" },
};

const RUNNING: Standing = { text: "Running, or ended without a word", tone: "running" };

/** Returns how the upgrade stood when the report was written. */
export function standingOf(last: RunSummary | undefined): Standing {
  return last?.result === undefined ? RUNNING : STANDINGS[last.result];
}

function measuredText(steps: readonly ReportStep[]): string[] {
  const all = steps.flatMap(({ gates }) => gates.flatMap(({ measurements }) => measurements));
  if (all.length === 0) {
    return [];
  }
  const bad = all.filter(({ outcome }) => outcome === "bad").length;
  const blind = all.filter(({ outcome }) => outcome !== "bad" && outcome !== "good").length;
  return [
    [
      `Gates made ${counted(all.length, "measurement")}; ${bad === 0 ? "none was bad" : `${bad} of them bad`}`,
      ...(blind === 0 ? [] : [`${blind} without data or answer`]),
    ].join(", "),
  ];
}

/** What a step was worth telling, with its moment. */
interface Notable {
  readonly at: number;
  readonly text: string;
}

function notableOf(step: ReportStep): Notable[] {
  const { began, stage, result, because = "", ended, isBack } = step;
  const [first = ""] = because.split("\n");
  const at = (moment: number, text: string) => [{ at: moment, text }];
  switch (result) {
    case "gate":
      return at(ended, `stage ${stage} was stopped by its ${first}`);
    case "failed":
      return at(ended, `stage ${stage} failed: ${because}`);
    case "waits":
      return at(ended, `stage ${stage} is reached, and ${first}`);
    case "interrupted":
      return at(ended, `interrupted in stage ${stage}`);
    case "unknown":
      return at(began, `stage ${stage} began; it runs, or the command was killed`);
    default:
      return isBack
        ? at(ended, `back in stage ${stage}, which took ${lengthText(ended - began)}`)
        : [];
  }
}

function courseText({ stack, to }: ReportDocument, { steps, runs }: UpgradeReport): string {
  const [first, last] = [runs[0], runs.at(-1)];
  const stages = new Set(steps.map(({ stage }) => stage)).size;
  const [began, ended] = [first?.began ?? 0, last?.ended ?? 0];
  const goes = last?.result === "done" ? `is on Istio ${to}` : `is on its way to Istio ${to}`;
  const day = dayText(began) === dayText(ended) ? "" : `${dayText(ended)} `;
  const time = `${dayText(began)} ${timeText(began)} to ${day}${timeText(ended)} UTC`;
  const inRuns = runs.length < 2 ? "" : `, in ${counted(runs.length, "run")} of the command`;
  return `The mesh of ${stack} ${goes}: ${counted(stages, "stage")} in ${lengthText(ended - began)}, from ${time}${inRuns}`;
}

/** Returns in sentences what somebody has to know who was asleep. */
export function courseOf(document: ReportDocument, report: UpgradeReport): string[] {
  const { steps, runs } = report;
  const last = runs.at(-1);
  const first = dayText(runs[0]?.began ?? 0);
  const momentText = (at: number) =>
    dayText(at) === first ? timeText(at) : `${dayText(at)} ${timeText(at)}`;
  return [
    courseText(document, report),
    ...measuredText(steps),
    ...steps.flatMap(notableOf).map(({ at, text }) => `${momentText(at)}: ${text}`),
    ...steps.flatMap((step) => step.notes),
    ...(last?.next === undefined ? [] : [`Next: ${last.next}`]),
  ];
}

/** Figures of one line of the plots, over all its time. */
export interface LineFigures {
  readonly line: string;
  readonly isNew: boolean;
  /** About as many as the rates say. */
  readonly requests: number;
  readonly failed: number;
  /** The highest p99, in milliseconds. Absent without one. */
  readonly highestP99?: number;
}

/** Returns a rate's sum over time, up to the next value of each. */
function summed(points: readonly TrafficPoint[], rateAt: (point: TrafficPoint) => number): number {
  return points.reduce((sum, point, index) => {
    const next = points[index + 1]?.[0];
    return next === undefined ? sum : sum + (rateAt(point) * (next - point[0])) / 1000;
  }, 0);
}

/** Returns the figures of each line of a group. */
export function figuresOf(series: readonly TrafficSeries[]): LineFigures[] {
  const lines = [...new Set(series.map(({ line }) => line))];
  return lines.map((line) => {
    const of = (metric: TrafficSeries["metric"]) =>
      series.find((one) => one.line === line && one.metric === metric)?.points ?? [];
    const errors = new Map(of("errors"));
    const requests = of("requests");
    const p99 = of("p99").flatMap(([, value]) => (value === null ? [] : [value]));
    return {
      line,
      isNew: series.some((one) => one.line === line && one.isNew),
      requests: Math.round(summed(requests, ([, value]) => value ?? 0)),
      failed: Math.round(
        summed(requests, ([at, value]) => ((value ?? 0) * (errors.get(at) ?? 0)) / 100),
      ),
      ...(p99.length > 0 && { highestP99: Math.max(...p99) }),
    };
  });
}
