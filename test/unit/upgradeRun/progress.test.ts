import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { canDrawOver, openProgress } from "../../../cli/upgradeProgress";
import type { GatePolicy } from "../../../mesh/model/gateInputs";
import type { Happening } from "../../../mesh/runner/events";
import {
  beginningOf,
  podsText,
  progressAfter,
  progressLines,
  type RunProgress,
  secondsLeft,
} from "../../../mesh/runner/progress";
import { stageReports } from "../../../mesh/runner/stageReport";
import { upgradePlan } from "./plan";

const SECOND = 1000;

/** A gate that takes at least twenty seconds after each stage. */
const POLICY: GatePolicy = { gates: [{ kind: "mesh" }] };
const STAGES = stageReports(upgradePlan(), POLICY);
const AHEAD = ["prepare", "install", "gateway-web-10"];

const stage = (name: string): Happening => ({ event: "stage", stage: name, line: "" });
const preview = (name: string): Happening => ({ event: "preview", stage: name, changes: {} });
const update = (name: string): Happening => ({ event: "update", stage: name, changes: {} });

/** Plays events, each some seconds after the one before. */
function played(events: readonly (readonly [number, Happening])[]): [RunProgress, number] {
  let [progress, now] = [beginningOf(STAGES, AHEAD, 0), 0];
  for (const [seconds, event] of events) {
    now += seconds * SECOND;
    progress = progressAfter(progress, event, now);
  }
  return [progress, now];
}

const TO_GATES = [
  [0, stage("prepare")],
  [5, preview("prepare")],
  [25, update("prepare")],
] as const;

describe("the progress of an upgrade", () => {
  it("has the stage, the phase and its time, and the gates", () => {
    const measured = {
      event: "measurement",
      stage: "prepare",
      gate: "the mesh is well",
      progress: "1 of 3 good",
      outcome: "good",
      saw: "",
    } as const;
    const [before, began] = played(TO_GATES);
    const all = STAGES.length;
    const bar = `■${"□".repeat(all - 1)}  prepare, stage 1 of ${all}`;
    assert.deepEqual(progressLines(before, [], began + 75_000).slice(0, 3), [
      bar,
      "  gates, 1:15",
      "  gate the mesh is well: no measurement yet",
    ]);
    const [after, now] = played([...TO_GATES, [10, measured]]);
    assert.equal(progressLines(after, [], now)[2], "  gate the mesh is well: 1 of 3 good");
  });

  it("counts what the update has done", () => {
    const [progress, now] = played(TO_GATES.slice(0, 2));
    assert.equal(
      progressLines({ ...progress, done: 3 }, [], now)[1],
      "  update, 0:00, 3 resources done",
    );
  });

  it("estimates the time that is left from the updates so far and the shortest gates", () => {
    const [first, now] = played(TO_GATES.slice(0, 2));
    assert.equal(secondsLeft(first, now), undefined, "nothing is known before an update has ended");
    const [progress, ended] = played(TO_GATES);
    // The gate of this stage, and two stages of an update and a gate.
    assert.equal(secondsLeft(progress, ended), 20 + 2 * (30 + 20));
    assert.equal(secondsLeft(progress, ended + 15_000), 5 + 2 * (30 + 20));
    assert.equal(secondsLeft(progress, ended + 900_000), 2 * (30 + 20));
    const [next, at] = played([...TO_GATES, [20, stage("install")]]);
    assert.equal(secondsLeft(next, at + 10_000), 20 + 20 + 30 + 20);
    assert.equal(progressLines(next, [], at).at(-1), "  about 2 min left");
  });

  it("promises no time on the way back", () => {
    const back = { event: "rollback", stage: "install", to: "prepare", because: "" } as const;
    const [progress, now] = played([...TO_GATES, [0, stage("install")], [0, back]]);
    assert.equal(secondsLeft(progress, now), undefined);
    const lines = progressLines(progressAfter(progress, stage("prepare"), now), [], now);
    assert.equal(lines[1], "  on the way back, 0:00");
  });

  it("names the workloads whose pods are not ready yet", () => {
    const ready = { workload: "edge/web", wanted: 4, ready: 4 };
    assert.equal(podsText([ready]), "4 of 4 pods ready");
    const other = { workload: "edge/api", wanted: 2, ready: 1 };
    assert.equal(podsText([ready, other]), "5 of 6 pods ready; not yet: edge/api (1 of 2)");
  });
});

describe("the progress on a terminal", () => {
  it("is drawn on a terminal alone, and neither in CI nor with NO_COLOR", () => {
    const terminal = { isTTY: true };
    assert.equal(canDrawOver(terminal, {}), true);
    for (const env of [{ CI: "true" }, { NO_COLOR: "1" }, { TERM: "dumb" }]) {
      assert.equal(canDrawOver(terminal, env), false);
    }
    assert.equal(canDrawOver({}, {}), false);
  });

  it("is below the lines that stay, with the pods, and goes at the end", async () => {
    const env = { ...process.env };
    let written = "";
    const stream = {
      isTTY: true,
      columns: 100,
      rows: 30,
      write: (text: string) => (written += text),
    };
    Object.assign(process.env, { CI: "", NO_COLOR: "", TERM: "xterm" });
    const counts = [{ workload: "edge/web", wanted: 4, ready: 1 }];
    const view = openProgress(
      { begin: beginningOf(STAGES, AHEAD, Date.now()), pods: async () => counts },
      stream as unknown as NodeJS.WriteStream,
    );
    process.env = env;
    assert.ok(view);
    view.take(stage("install"));
    view.print("install: the new control plane");
    assert.match(written, /install: the new control plane\n[\s\S]*install, stage 2 of/);
    await delay(2200);
    assert.match(written, /1 of 4 pods ready; not yet: edge\/web/);
    written = "";
    view.close();
    assert.doesNotMatch(written, /stage 2 of/);
    await delay(1100);
    assert.doesNotMatch(written, /stage 2 of/, "it is drawn after its end");
  });
});
