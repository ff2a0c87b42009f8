import assert from "node:assert/strict";
import { type ReportDocument, readReport } from "../../../mesh/upgradeReport/document";
import { upgradeReport } from "../../../mesh/upgradeReport/model";
import { newReport } from "../../../mesh/upgradeReport/newReport";
import { activeSpans } from "../../../mesh/upgradeReport/spans";
import { timeAxis } from "../../../mesh/upgradeReport/timeAxis";
import { versionsAt } from "../../../mesh/upgradeReport/versions";
import { courseOf, lengthText, standingOf } from "../../../mesh/upgradeReport/words";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";
import { upgradePlan } from "../upgradeRun/plan";
import { BEGAN, Story, sampleReport } from "./sample";

const plan = upgradePlan();
const EMPTY = newReport("prod", plan);

const reportOf = (story: Story): ReportDocument => ({ ...EMPTY, runs: story.runs });

describe("the report of an upgrade", () => {
  it("has a step for each update, also for one on the way back, with what its gates measured", () => {
    const { steps } = upgradeReport(sampleReport());
    assert.deepEqual(
      steps.slice(0, 5).map(({ number, stage, result }) => [number, stage, result]),
      [
        [1, "prepare", "passed"],
        [2, "install", "passed"],
        [3, "gateway-web-10", "gate"],
        [4, "install", "back"],
        [5, "install", "passed"],
      ],
    );
    const canary = steps[2];
    assert.deepEqual(
      canary?.gates.map(({ name, verdict, measurements }) => [name, verdict, measurements.length]),
      [
        ["success-rate", "passed", 4],
        ["p99", "failed", 3],
      ],
    );
    assert.match(canary?.because ?? "", /p99 49 ms, above 37/);
    assert.equal((canary?.updated ?? 0) - (canary?.began ?? 0), 52_000);
  });

  it("says how a step without an end came to be: killed, failed, waiting, interrupted", () => {
    const story = new Story();
    story.run("start").stage("prepare").wait(5);
    story.run("resume").stage("prepare").wait(5);
    story.say({ event: "end", result: "waits", stage: "prepare", because: "a person looks here" });
    story.run("resume").say({ event: "stage", stage: "install", line: "" }).wait(9);
    story.say({ event: "end", result: "failed", stage: "install", because: "the update failed" });
    story.run("resume").stage("install");
    story.say({ event: "end", result: "interrupted", stage: "install", because: "Ctrl-C" });
    const { steps, runs } = upgradeReport(reportOf(story));
    assert.deepEqual(
      steps.map(({ result }) => result),
      ["unknown", "waits", "failed", "interrupted"],
    );
    assert.equal(steps[2]?.updated, undefined);
    assert.deepEqual(
      runs.map(({ result }) => result),
      [undefined, "waits", "failed", "interrupted"],
    );
    assert.equal(standingOf(runs[0]).tone, "running");
  });

  it("names a gate that could not be decided, where a run waits", () => {
    const story = new Story().run("start").stage("install");
    const said = { stage: "install", gate: "p99", saw: "no data" } as const;
    story.say({ event: "gate", verdict: "undecided", ...said });
    story.say({ event: "end", result: "waits", stage: "install", because: 'gate "p99": no data' });
    assert.equal(upgradeReport(reportOf(story)).steps[0]?.result, "gate");
  });

  it("knows that all steps of a rollback go back", () => {
    const story = new Story().run("rollback").stage("install").stage("prepare");
    story.say({ event: "end", result: "rolledBack", stage: "prepare", because: "asked for" });
    const { steps } = upgradeReport(reportOf(story));
    assert.deepEqual(
      steps.map(({ isBack, result }) => [isBack, result]),
      [
        [true, "back"],
        [true, "back"],
      ],
    );
  });

  it("tells in sentences what happened while people slept", () => {
    const document = sampleReport();
    const course = courseOf(document, upgradeReport(document));
    assert.match(
      course[0] ?? "",
      /^The mesh of prod is on Istio .*: 13 stages in 7 h 37 min, from /,
    );
    assert.equal(course[1], "Gates made 49 measurements; 2 of them bad, 1 without data or answer");
    assert.match(course[2] ?? "", /^23:13:56: stage gateway-web-10 was stopped by its gate "p99"/);
    assert.equal(course[3], "23:14:38: back in stage install, which took 42 s");
    assert.equal(course.length, 4);
  });

  it("has the versions of before and of a stage", () => {
    assert.deepEqual(EMPTY.before.slice(0, 3), [
      { part: "the mesh's own version", runs: `Istio ${PREVIOUS}` },
      { part: `control plane ${OLD}`, runs: `Istio ${PREVIOUS}` },
      { part: "gateway edge/web", runs: OLD },
    ]);
    const canary = versionsAt(plan, "gateway-web-10").find(({ part }) => part.endsWith("web"));
    assert.equal(canary?.runs, `${OLD} (90 %), ${NEW} (10 %)`);
    const end = versionsAt(plan, "finish").map(({ runs }) => runs);
    assert.ok(!end.includes(OLD) && end.includes(`Istio ${NEWEST}`), end.join());
  });

  it("is read from its JSON, and from no other text", () => {
    const document = sampleReport();
    assert.deepEqual(readReport(JSON.stringify(document)), document);
    for (const text of ["", "{}", "[]", '{"format":"other"}', "<html></html>"]) {
      assert.equal(readReport(text), undefined, text);
    }
  });
});

describe("the time axis of a report", () => {
  const run = (from: number, to: number) => ({ command: "start", began: from, ended: to });
  const MINUTE = 60_000;

  it("leaves out a long time in which nothing ran, and no short one", () => {
    const runs = [run(BEGAN, BEGAN + 10 * MINUTE), run(BEGAN + 600 * MINUTE, BEGAN + 620 * MINUTE)];
    const axis = timeAxis(runs);
    assert.equal(axis.gaps.length, 1);
    assert.equal(axis.gaps[0]?.ms, 590 * MINUTE);
    assert.equal(axis.at(BEGAN + 620 * MINUTE), 100);
    const places = [BEGAN, BEGAN + 9 * MINUTE, BEGAN + 601 * MINUTE].map(axis.at);
    assert.deepEqual(
      [...places].sort((a, b) => a - b),
      places,
    );
    const short = [run(BEGAN, BEGAN + 10 * MINUTE), run(BEGAN + 11 * MINUTE, BEGAN + 20 * MINUTE)];
    assert.equal(activeSpans(short).length, 1);
  });

  it("holds for a run that has only begun, and for none", () => {
    assert.ok(Number.isFinite(timeAxis([run(BEGAN, BEGAN)]).at(BEGAN)));
    assert.deepEqual(timeAxis([]).ticks, []);
  });

  it("has words for lengths of time", () => {
    assert.deepEqual([59_400, 119_000, 3_599_000, 3_725_000, 7_200_000].map(lengthText), [
      "59 s",
      "119 s",
      "60 min",
      "1 h 2 min",
      "2 h",
    ]);
  });
});
