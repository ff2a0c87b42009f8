import type { Outcome } from "../../../mesh/gates/decide";
import type { Happening } from "../../../mesh/runner/events";
import type { ReportDocument, ReportEvent, ReportRun } from "../../../mesh/upgradeReport/document";
import { newReport } from "../../../mesh/upgradeReport/newReport";
import type { TrafficSeries } from "../../../mesh/upgradeReport/traffic";
import { versionsAt } from "../../../mesh/upgradeReport/versions";
import { NEW, OLD } from "../../../toolchain/versions";
import { upgradePlan } from "../upgradeRun/plan";

const plan = upgradePlan();

/** When the upgrade of the sample began: at night. */
export const BEGAN = Date.UTC(2026, 10, 28, 23, 4, 10);

const SECOND = 1000;

/** Writes down what happens, with a clock of its own. */
export class Story {
  readonly runs: ReportRun[] = [];
  private events: ReportEvent[] = [];

  constructor(public now = BEGAN) {}

  wait(seconds: number): this {
    this.now += seconds * SECOND;
    return this;
  }

  run(command: string): this {
    this.events = [];
    this.runs.push({ command, began: new Date(this.now).toISOString(), events: this.events });
    return this;
  }

  say(event: Happening): this {
    this.events.push({ ...event, time: new Date(this.now).toISOString() });
    return this;
  }

  /** A preview and an update that succeed. */
  stage(stage: string, seconds = 40): this {
    return this.say({ event: "stage", stage, line: "" })
      .wait(12)
      .say({ event: "preview", stage, changes: { create: 2 }, says: ["Nothing is interrupted."] })
      .wait(seconds)
      .say({ event: "update", stage, changes: { create: 2, update: 1 } });
  }

  /** Measurements of a gate, thirty seconds apart. */
  gate(stage: string, gate: string, outcomes: readonly Outcome[], saw: string): this {
    for (const [index, outcome] of outcomes.entries()) {
      const progress = `${index + 1} of ${outcomes.length} good`;
      this.wait(30).say({ event: "measurement", stage, gate, progress, outcome, saw });
    }
    const verdict = outcomes.at(-1) === "bad" ? "failed" : "passed";
    return this.say({ event: "gate", stage, gate, verdict, saw });
  }
}

const GOOD: readonly Outcome[] = ["good", "good", "good"];

/** A night: a canary that is slow is taken back; in the morning a person goes on to the end. */
function night(): Story {
  const because = `gate "p99": gateway edge/web on ${NEW}: p99 49 ms, above 37`;
  const story = new Story().run("start");
  for (const stage of ["prepare", "install"]) {
    story.stage(stage, 60).gate(stage, "the mesh is well", GOOD, "the mesh is well");
  }
  story
    .stage("gateway-web-10")
    .gate("gateway-web-10", "success-rate", ["noData", ...GOOD], "success rate 100 %")
    .gate("gateway-web-10", "p99", ["good", "bad", "bad"], `p99 49 ms, above 37`)
    .say({ event: "rollback", stage: "gateway-web-10", to: "install", because })
    .stage("install", 30)
    .say({
      event: "end",
      result: "rolledBack",
      stage: "install",
      because,
      next: "mesh upgrade start --stack prod",
    })
    .wait(7 * 3600)
    .run("start");
  const stages = plan.stages.map(({ name }) => name).slice(1);
  for (const stage of stages) {
    story.stage(stage, 30).gate(stage, "the mesh is well", GOOD, "the mesh is well");
  }
  return story.say({ event: "end", result: "done", stage: "finish", because: "it is done" });
}

function series(from: number, to: number, share: (at: number) => number): TrafficSeries[] {
  const times: number[] = [];
  for (let at = from; at <= to; at += 15 * SECOND) {
    times.push(at);
  }
  const wave = (at: number) => 1 + 0.12 * Math.sin(at / 61_000) + 0.05 * Math.sin(at / 7_000);
  return [OLD, NEW].flatMap((line): TrafficSeries[] => {
    const isNew = line === NEW;
    const part = (at: number) => (isNew ? share(at) : 1 - share(at));
    const common = { group: "Gateway edge/web", line, isNew } as const;
    const values = (of: (at: number) => number) =>
      times.map((at) => [at, part(at) > 0 ? Number(of(at).toFixed(2)) : null] as const);
    return [
      { ...common, metric: "requests", points: values((at) => 240 * wave(at) * part(at)) },
      { ...common, metric: "errors", points: values((at) => Math.max(0, wave(at) - 1.12) * 2) },
      { ...common, metric: "p99", points: values((at) => (isNew ? 31 : 24) * wave(at)) },
    ];
  });
}

/** A report of a whole upgrade with a rollback in between. */
export function sampleReport(): ReportDocument {
  const { runs, now } = night();
  const [first, second] = runs as [ReportRun, ReportRun];
  const morning = Date.parse(second.began);
  const lastOfNight = Date.parse(first.events.at(-1)?.time ?? "");
  const canary = Date.parse(
    first.events.find((one) => one.event === "update" && one.stage === "gateway-web-10")?.time ??
      "",
  );
  const night1 = series(BEGAN - 60_000, lastOfNight, (at) =>
    at < canary || at > lastOfNight - 20_000 ? 0 : 0.1,
  );
  const day = series(morning, now, (at) =>
    Math.min(1, Math.max(0, ((at - morning) / (now - morning)) * 4 - 0.4)),
  );
  return {
    ...newReport("prod", plan),
    runs,
    after: versionsAt(plan, "finish"),
    traffic: {
      series: night1.map((one, index) => ({
        ...one,
        points: [...one.points, [lastOfNight, null] as const, ...(day[index]?.points ?? [])],
      })),
      missing: [],
    },
  };
}
