import assert from "node:assert/strict";
import type { EngineResult, StackEngine } from "../../../adapters/pulumi/engine";
import { hasEnded, lockHolder } from "../../../adapters/pulumi/lock";
import type { StageVerdict } from "../../../adapters/upgrade/gatesOfStage";
import { gatesUnlessPaused } from "../../../adapters/upgrade/gatesUnlessPaused";
import { SomebodyElse, type Walk, walkBack, walkForward } from "../../../adapters/upgrade/walk";
import type { MeasuringGate } from "../../../mesh/model/gateInputs";
import { eventText, type Happening } from "../../../mesh/runner/events";
import { upgradePlan } from "./plan";

const plan = upgradePlan();
const STAGES = ["prepare", "install", "gateway-web-10", "gateway-web-50"];
const GATE: MeasuringGate = { kind: "mesh" };
const GOOD: EngineResult = { kind: "succeeded", changes: {}, says: [] };

interface Script {
  /** How the preview or the update of a stage ends. @default well */
  readonly previews?: Readonly<Record<string, EngineResult>>;
  readonly updates?: Readonly<Record<string, EngineResult>>;
  /** What the gates of a stage decide. @default passed, without a pause */
  readonly verdicts?: Readonly<Record<string, StageVerdict>>;
  /** After how many updates somebody else makes one. */
  readonly othersAfter?: number;
  /** After which stage's update a person asks for a pause. */
  readonly pausedBy?: string;
}

const SINCE = "2026-11-29T02:00:00.000Z";

/** A walk whose engine notes what is done, instead of doing it. */
function played({ previews = {}, updates = {}, verdicts = {}, othersAfter, pausedBy }: Script) {
  const done: string[] = [];
  const events: Happening[] = [];
  const stopping = new AbortController();
  let stage = "";
  let [updateCount, asked] = [0, 0];
  const engine: StackEngine = {
    preview: async () => previews[stage] ?? GOOD,
    up: async () => {
      done.push(stage);
      updateCount += 1;
      asked = 0;
      return updates[stage] ?? GOOD;
    },
    lastUpdate: async () => {
      asked += 1;
      const isOther = updateCount === othersAfter && asked > 1;
      return { id: isOther ? "theirs" : `own ${updateCount}`, began: 1, title: "update 7" };
    },
    unlock: async () => void done.push("unlock"),
    pauseAskedFor: async () =>
      done.filter((one) => one === pausedBy).length > 0 ? SINCE : undefined,
    clearPause: async () => void done.push("clear"),
  };
  const walk: Walk = {
    plan,
    engine,
    setStage: (name) => {
      stage = name ?? "";
      done.push(`set ${name}`);
    },
    configured: undefined,
    afterFirst: () => {},
    gates: async ({ name }) => verdicts[name] ?? { kind: "passed", pauses: [] },
    tell: (event) => void events.push(event),
    signal: stopping.signal,
    now: () => 0,
  };
  return { walk, done, events, stopping };
}

const updated = (done: readonly string[]) => done.filter((one) => !one.startsWith("set "));

describe("a walk through stages", () => {
  it("writes each stage before its update", async () => {
    const { walk, done } = played({});
    const end = await walkForward(walk, ["prepare", "install"]);
    assert.deepEqual([end.result, end.stage], ["reached", "install"]);
    assert.deepEqual(done, ["set prepare", "prepare", "set install", "install"]);
  });

  it("is done after the last stage", async () => {
    const { walk } = played({});
    assert.equal((await walkForward(walk, ["remove", "finish"])).result, "done");
  });

  it("takes a gateway back when a gate fails", async () => {
    const { walk, done, events } = played({
      verdicts: { "gateway-web-50": { kind: "failed", gate: GATE, saw: "p99 200 ms" } },
    });
    const end = await walkForward(walk, STAGES);
    assert.deepEqual(end, {
      result: "rolledBack",
      stage: "install",
      because: 'gate "the mesh is well": p99 200 ms',
    });
    assert.deepEqual(updated(done), [...STAGES, "install"]);
    const [rollback, back] = events.slice(-4);
    assert.equal(rollback?.event, "rollback");
    assert.ok(back?.event === "stage");
    assert.match(back.line, /^back to stage 2 of \d+, install$/);
  });

  it("stops where it is, if the gate says so, or could not be decided, or no gateway moves", async () => {
    const cases: [string, StageVerdict][] = [
      ["gateway-web-50", { kind: "failed", gate: { ...GATE, onFailure: "stop" }, saw: "x" }],
      ["gateway-web-50", { kind: "undecided", gate: GATE, saw: "x" }],
      ["install", { kind: "failed", gate: GATE, saw: "x" }],
    ];
    for (const [stage, verdict] of cases) {
      const { walk, done } = played({ verdicts: { [stage]: verdict } });
      const end = await walkForward(walk, STAGES);
      assert.deepEqual([end.result, end.stage], ["waits", stage]);
      assert.equal(updated(done).at(-1), stage);
    }
  });

  it("waits at a pause, unless a person has looked", async () => {
    const pauses = [{ kind: "pause", after: ["install"] } as const];
    const script: Script = { verdicts: { install: { kind: "passed", pauses } } };
    const first = await walkForward(played(script).walk, STAGES);
    assert.deepEqual([first.result, first.stage], ["waits", "install"]);
    const { walk } = played(script);
    const second = await walkForward(walk, STAGES.slice(1), { passesPause: true });
    assert.equal(second.stage, "gateway-web-50");
    const { walk: later } = played(script);
    const third = await walkForward(later, STAGES, { passesPause: true });
    assert.equal(third.stage, "install", "a pause that comes later holds");
  });

  it("stops before the next update when a person asks for a pause elsewhere", async () => {
    const { walk, done } = played({ pausedBy: "install" });
    assert.deepEqual(await walkForward(walk, STAGES), {
      result: "waits",
      stage: "install",
      because: `a pause was asked for at ${SINCE}`,
    });
    assert.deepEqual(updated(done), ["prepare", "install"]);
  });

  it("stops in the stage whose gates were ended by a pause", async () => {
    const { walk, done } = played({ verdicts: { install: { kind: "paused", since: SINCE } } });
    const { result, stage } = await walkForward(walk, STAGES);
    assert.deepEqual([result, stage], ["waits", "install"]);
    assert.deepEqual(updated(done), ["prepare", "install"]);
  });

  it("ends when an update fails, with what went wrong", async () => {
    const failed: EngineResult = { kind: "failed", errors: ["istiod is not ready"] };
    const { walk, done } = played({ updates: { install: failed } });
    const end = await walkForward(walk, STAGES);
    assert.deepEqual(end, {
      result: "failed",
      stage: "install",
      because: "the update failed:\nistiod is not ready",
    });
    assert.equal(done.at(-1), "install");
  });

  it("sets the stage back when already the preview fails", async () => {
    const failed: EngineResult = { kind: "failed", errors: ["refused"] };
    const { walk, done } = played({ previews: { install: failed } });
    assert.equal((await walkForward(walk, STAGES)).result, "failed");
    assert.deepEqual(done, ["set prepare", "prepare", "set install", "set prepare"]);
  });

  it("stops when somebody else updates the stack in between", async () => {
    const { walk, done } = played({ othersAfter: 1 });
    await assert.rejects(
      walkForward(walk, STAGES),
      (error) => error instanceof SomebodyElse && /update 7/.test(error.message),
    );
    assert.deepEqual(updated(done), ["prepare"]);
  });

  it("names who holds the lock, and takes away only one whose holder has ended", async () => {
    const locked: EngineResult = { kind: "locked", by: "me@laptop (process 1)", hasEnded: false };
    const { walk, done } = played({ updates: { prepare: locked } });
    await assert.rejects(walkForward(walk, STAGES), /another update .* me@laptop \(process 1\)/);
    assert.ok(!done.includes("unlock"));
    const ended = played({ updates: { prepare: { ...locked, hasEnded: true } } });
    await assert.rejects(walkForward(ended.walk, STAGES), SomebodyElse);
    assert.deepEqual(updated(ended.done), ["prepare", "unlock", "prepare"]);
  });

  it("ends between two stages when it is stopped", async () => {
    const { walk, done, stopping } = played({});
    const end = await walkForward(
      {
        ...walk,
        gates: async () => {
          stopping.abort(new Error("interrupted"));
          return { kind: "passed", pauses: [] };
        },
      },
      STAGES,
    );
    assert.deepEqual([end.result, updated(done)], ["interrupted", ["prepare"]]);
  });

  it("goes back without gates", async () => {
    const { walk, done } = played({
      verdicts: { install: { kind: "failed", gate: GATE, saw: "x" } },
    });
    const end = await walkBack(walk, ["install", "prepare"]);
    assert.deepEqual([end.result, end.stage], ["rolledBack", "prepare"]);
    assert.deepEqual(updated(done), ["install", "prepare"]);
  });
});

describe("gates and a pause that is asked for elsewhere", () => {
  const never = (signal: AbortSignal) =>
    new Promise<StageVerdict>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const passed: StageVerdict = { kind: "passed", pauses: [] };

  it("end when it is asked for", async () => {
    let looks = 0;
    const asked = async () => (++looks < 3 ? undefined : SINCE);
    const { signal } = new AbortController();
    const verdict = await gatesUnlessPaused(never, { asked, every: 1 }, signal);
    assert.deepEqual([verdict, looks], [{ kind: "paused", since: SINCE }, 3]);
  });

  it("are decided without one, and nobody looks any more", async () => {
    let looks = 0;
    const asked = async () => void looks++;
    const { signal } = new AbortController();
    const run = async () => passed;
    assert.equal(await gatesUnlessPaused(run, { asked, every: 10_000 }, signal), passed);
    assert.equal(looks, 0);
  });

  it("end with Ctrl-C, or with an error of their own, as without one", async () => {
    const watch = { asked: async () => undefined, every: 1 };
    const stopping = new AbortController();
    const running = gatesUnlessPaused(never, watch, stopping.signal);
    stopping.abort(new Error("interrupted"));
    await assert.rejects(running, /interrupted/);
    const failing = () => Promise.reject(new Error("broken"));
    const { signal } = new AbortController();
    await assert.rejects(gatesUnlessPaused(failing, watch, signal), /broken/);
  });
});

describe("who holds a lock", () => {
  const text = (host: string, pid: number) =>
    `error: the stack is currently locked by 1 lock(s). \n  file:///x.json: created by me@${host} (pid ${pid}) at 2026-01-01T00:00:00Z`;

  it("is read from Pulumi's words", () => {
    assert.deepEqual(lockHolder(text("laptop", 4711)), {
      user: "me",
      host: "laptop",
      pid: 4711,
      since: "2026-01-01T00:00:00Z",
    });
    assert.equal(lockHolder("[409] Conflict: Another update is currently in progress."), undefined);
  });

  it("has never ended for all that is known of another machine, or another user", () => {
    const holder = lockHolder(text("another-machine", 999_999));
    assert.ok(holder);
    assert.equal(hasEnded(holder), false);
  });
});

describe("what a walk says", () => {
  it("is one text for each event", () => {
    const stage = "install";
    const saw = "the mesh is well";
    const texts = (
      [
        { event: "stage", stage, line: "stage 2 of 10, install: …" },
        { event: "preview", stage, changes: { create: 2 }, says: ["it is installed"] },
        { event: "update", stage, changes: {} },
        { event: "measurement", stage, gate: "g", progress: "1 of 3 good", outcome: "good", saw },
        { event: "measurement", stage, gate: "g", progress: "1 bad", outcome: "bad", saw: "x" },
        { event: "gate", stage, gate: "g", verdict: "failed", saw },
        { event: "end", result: "waits", stage, because: "a pause", next: "mesh upgrade resume" },
      ] as const
    ).map(eventText);
    assert.deepEqual(texts, [
      "stage 2 of 10, install: …",
      "  preview: 2 create\n    it is installed",
      "  update: nothing changes",
      '    gate "g" good: the mesh is well (1 of 3 good)',
      '    gate "g" BAD: x (1 bad)',
      '  gate "g" FAILED: the mesh is well',
      "Waits for a person, in stage install: a pause\nNext: mesh upgrade resume",
    ]);
  });
});
