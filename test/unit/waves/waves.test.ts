import assert from "node:assert/strict";
import { resultOfCode, worstResult } from "../../../mesh/waves/events";
import {
  nextStep,
  phaseOf,
  type StackProgress,
  type StackStatus,
} from "../../../mesh/waves/progress";
import { plannedWaves, wavesProblems } from "../../../mesh/waves/waves";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";

const T0 = Date.parse("2026-11-29T10:00:00Z");

function status(more: Partial<StackStatus> = {}): StackStatus {
  const updated = new Date(T0).toISOString();
  return { versions: [PREVIOUS], isProgram: false, line: "", updated, ...more };
}

const DONE = status({ versions: [NEWEST] });
const UNDER_WAY = status({ to: NEWEST, stage: "install", next: "remove" });

function progress(statuses: Readonly<Record<string, StackStatus>>): StackProgress[] {
  return Object.entries(statuses).map(([stack, one]) => ({
    stack: { stack },
    status: one,
    phase: phaseOf(one, NEWEST),
  }));
}

const WAVES = plannedWaves({ waves: [{ stacks: ["dev"], soak: 60 }, { stacks: ["eu", "us"] }] });

describe("waves of stacks", () => {
  it("fill in names, one stack at a time, and no time between", () => {
    assert.deepEqual(plannedWaves({ waves: [{ stacks: ["a", { stack: "b", folder: "../b" }] }] }), [
      {
        name: "wave 1",
        stacks: [{ stack: "a" }, { stack: "b", folder: "../b" }],
        atOnce: 1,
        soak: 0,
      },
    ]);
  });

  it("are refused with all that is wrong with them", () => {
    const waves = [
      { stacks: ["dev", "dev"], atOnce: 0, soak: -1 },
      { name: "wave 1", stacks: [] },
    ];
    assert.deepEqual(
      wavesProblems({ waves }).map(({ path, reason }) => `${path} ${reason}`),
      [
        "waves[0].atOnce is no number of stacks",
        "waves[0].soak is no time",
        "waves[1].stacks is empty",
        "waves[0].stacks[1] stands in waves[0].stacks[0] already",
        "waves[1].name is the name of waves[0] too",
      ],
    );
    assert.deepEqual(
      wavesProblems({ waves: [], two: 2 }).map(({ path }) => path),
      ["two"],
    );
    assert.deepEqual(
      wavesProblems({ waves: [] }).map(({ path, reason }) => `${path} ${reason}`),
      ["waves is empty"],
    );
  });

  it("a stack of the same name in another folder is another stack", () => {
    const waves = [
      {
        stacks: [
          { stack: "prod", folder: "eu" },
          { stack: "prod", folder: "us" },
        ],
      },
    ];
    assert.deepEqual(wavesProblems({ waves }), []);
  });
});

describe("how far a stack is", () => {
  it("is said by its state and its inputs", () => {
    assert.equal(phaseOf(status(), NEWEST), "before");
    assert.equal(phaseOf(UNDER_WAY, NEWEST), "underWay");
    assert.equal(phaseOf(status({ configuredTo: NEWEST }), NEWEST), "underWay");
    assert.equal(phaseOf(DONE, NEWEST), "done");
    assert.equal(phaseOf(status({ versions: [NEWEST, PREVIOUS] }), NEWEST), "before");
  });

  it("in the last stage, only the author of a program ends the upgrade", () => {
    const last = { to: NEWEST, stage: "finish", place: 6 };
    assert.equal(phaseOf(status(last), NEWEST), "underWay");
    assert.equal(phaseOf(status({ ...last, isProgram: true }), NEWEST), "done");
    const { place: _, ...unknown } = last;
    assert.equal(phaseOf(status({ ...unknown, isProgram: true }), NEWEST), "underWay");
  });
});

describe("the next step of several stacks", () => {
  it("is the first wave with a stack that is not done", () => {
    const step = nextStep(WAVES, progress({ dev: UNDER_WAY, eu: status(), us: status() }), T0);
    assert.ok(step.kind === "run");
    assert.equal(step.wave.name, "wave 1");
    assert.deepEqual(
      step.stacks.map(({ stack }) => stack.stack),
      ["dev"],
    );
  });

  it("waits for the rest of the time after the last update of the wave before", () => {
    const all = progress({ dev: DONE, eu: status(), us: status() });
    assert.deepEqual(nextStep(WAVES, all, T0 + 20_000), {
      kind: "soak",
      wave: WAVES[0],
      until: T0 + 60_000,
    });
    assert.equal(nextStep(WAVES, all, T0 + 60_000).kind, "run");
  });

  it("goes on with a wave that has begun, without another wait, and leaves out what is done", () => {
    const step = nextStep(WAVES, progress({ dev: DONE, eu: DONE, us: UNDER_WAY }), T0);
    assert.ok(step.kind === "run");
    assert.deepEqual(
      step.stacks.map(({ stack }) => stack.stack),
      ["us"],
    );
  });

  it("is none when all are done", () => {
    const all = progress({ dev: DONE, eu: DONE, us: DONE });
    assert.deepEqual(nextStep(WAVES, all, T0), { kind: "done" });
  });
});

describe("the result of a wave", () => {
  it("is the worst of its stacks'", () => {
    assert.equal(worstResult(["done", "waits", "rolledBack"]), "rolledBack");
    assert.equal(worstResult(["done", "done"]), "done");
    assert.equal(worstResult([]), "done");
  });

  it("of a stack is known by the exit code of its command", () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5, 130, 137].map(resultOfCode), [
      ...["done", "refused", "refused", "waits", "rolledBack", "failed", "interrupted", "refused"],
    ]);
  });
});
