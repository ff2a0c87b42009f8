import type { GateVerdict, Outcome } from "../gates/decide";
import type { EndResult } from "../runner/events";
import type { ReportDocument, ReportEvent, ReportRun } from "./document";

/** One measurement of a gate, with its time in milliseconds since 1970. */
export interface StepMeasurement {
  readonly at: number;
  readonly outcome: Outcome;
  readonly saw: string;
}

/** What a gate measured after an update. */
export interface StepGate {
  readonly name: string;
  readonly measurements: readonly StepMeasurement[];
  /** Absent if the run ended before it was decided. */
  readonly verdict?: GateVerdict["kind"];
  /** What the verdict rests on. */
  readonly saw?: string;
}

/** How a step ended. */
export type StepResult =
  /** Its update has succeeded, and its gates are passed. */
  | "passed"
  /** It was a step on the way back, and its update has succeeded. */
  | "back"
  /** A gate has failed, or could not be decided. */
  | "gate"
  /** Its preview or its update failed. */
  | "failed"
  /** A person looks. */
  | "waits"
  | "interrupted"
  /** Nothing more is known: it runs, or the runner was killed. */
  | "unknown";

/** One stage in one run: its update, and its gates. Times are in milliseconds since 1970. */
export interface ReportStep {
  /** One-based, over all runs. */
  readonly number: number;
  readonly stage: string;
  readonly title: string;
  readonly isBack: boolean;
  readonly began: number;
  /** When the update ended. Absent if it did not. */
  readonly updated?: number;
  readonly ended: number;
  readonly result: StepResult;
  /** Why it did not pass. */
  readonly because?: string;
  readonly changes?: Readonly<Record<string, number>>;
  /** What the preview said. */
  readonly says: readonly string[];
  readonly notes: readonly string[];
  readonly gates: readonly StepGate[];
}

/** A run of the command. */
export interface RunSummary {
  readonly command: string;
  readonly began: number;
  readonly ended: number;
  /** Absent while it runs, and if the runner was killed. */
  readonly result?: EndResult;
  readonly because?: string;
  readonly next?: string;
}

/** What happened, in the order in which it did. */
export interface UpgradeReport {
  readonly steps: readonly ReportStep[];
  readonly runs: readonly RunSummary[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenStep = Mutable<ReportStep> & { notes: string[]; gates: Mutable<StepGate>[] };

const RESULTS: Readonly<Record<EndResult, StepResult>> = {
  done: "passed",
  reached: "passed",
  waits: "waits",
  rolledBack: "back",
  failed: "failed",
  interrupted: "interrupted",
};

/** Reads the events of one run into steps. */
class RunReader {
  readonly steps: OpenStep[] = [];
  private isBack: boolean;

  constructor(
    private readonly run: ReportRun,
    private readonly stages: ReportDocument["stages"],
    private readonly first: number,
  ) {
    this.isBack = run.command === "rollback";
  }

  read(): OpenStep[] {
    for (const event of this.run.events) {
      this.take(event, Date.parse(event.time));
    }
    return this.steps;
  }

  private get step(): OpenStep | undefined {
    return this.steps.at(-1);
  }

  private take(event: ReportEvent, at: number): void {
    const { step } = this;
    if (event.event === "stage") {
      this.begin(event.stage, at);
    } else if (step !== undefined) {
      step.ended = at;
      this.add(step, event, at);
    }
  }

  private begin(stage: string, at: number): void {
    if (this.step?.result === "unknown") {
      this.step.result = this.isBack && this.step.isBack ? "back" : "passed";
    }
    this.steps.push({
      number: this.first + this.steps.length,
      stage,
      title: this.stages.find(({ name }) => name === stage)?.title ?? "",
      isBack: this.isBack,
      began: at,
      ended: at,
      result: "unknown",
      says: [],
      notes: [],
      gates: [],
    });
  }

  private gate(step: OpenStep, name: string): Mutable<StepGate> {
    const found = step.gates.find((gate) => gate.name === name);
    if (found !== undefined) {
      return found;
    }
    const gate = { name, measurements: [] };
    step.gates.push(gate);
    return gate;
  }

  private add(step: OpenStep, event: ReportEvent, at: number): void {
    switch (event.event) {
      case "preview":
        step.says = event.says ?? [];
        return;
      case "update":
        step.updated = at;
        step.changes = event.changes;
        return;
      case "measurement": {
        const { outcome, saw } = event;
        const gate = this.gate(step, event.gate);
        gate.measurements = [...gate.measurements, { at, outcome, saw }];
        return;
      }
      case "gate":
        Object.assign(this.gate(step, event.gate), { verdict: event.verdict, saw: event.saw });
        return;
      case "rollback":
        step.result = "gate";
        step.because = event.because;
        this.isBack = true;
        return;
      case "note":
        step.notes.push(event.text);
        return;
      case "end":
        this.end(step, event);
    }
  }

  private end(step: OpenStep, { result, because }: ReportEvent & { event: "end" }): void {
    const isUndecided = step.gates.some(
      ({ verdict }) => verdict === "failed" || verdict === "undecided",
    );
    const own = result === "waits" && isUndecided ? "gate" : RESULTS[result];
    step.result = own;
    if (own !== "passed" && own !== "back") {
      step.because = because;
    }
  }
}

function summaryOf({ command, began, events }: ReportRun): RunSummary {
  const start = Date.parse(began);
  const last = events.at(-1);
  const ended = last === undefined ? start : Date.parse(last.time);
  if (last?.event !== "end") {
    return { command, began: start, ended };
  }
  const { result, because, next } = last;
  return { command, began: start, ended, result, because, ...(next !== undefined && { next }) };
}

/** Returns what happened in all runs of an upgrade. */
export function upgradeReport({ runs, stages }: ReportDocument): UpgradeReport {
  const steps: ReportStep[] = [];
  for (const run of runs) {
    steps.push(...new RunReader(run, stages, steps.length + 1).read());
  }
  return { steps, runs: runs.map(summaryOf) };
}
