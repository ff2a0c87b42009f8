import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decideGate,
  type GateDecision,
  type GateVerdict,
  type Measurement,
  type Outcome,
  type TimedMeasurement,
  type Timing,
  UNREACHABLE_LIMIT,
} from "../../../mesh/gates/decide";

const BEGUN = Date.parse("2026-01-01T00:00:00Z");

const TIMING: Timing = {
  interval: 30,
  count: 3,
  warmUp: 60,
  limit: 1,
  timeout: 600,
  noData: "wait",
};

const at = (seconds: number) => BEGUN + seconds * 1000;

interface End {
  readonly verdict: GateVerdict;
  readonly measurements: readonly TimedMeasurement[];
  /** Seconds from the begin. */
  readonly seconds: number;
}

/** Plays a gate on a clock of its own: each measurement takes some seconds. */
function play(
  timing: Timing,
  outcomes: readonly Outcome[],
  { takes = 0, rest = "good" as Outcome } = {},
): End {
  const measurements: TimedMeasurement[] = [];
  let now = BEGUN;
  for (let index = 0; index < 10_000; index++) {
    const decision: GateDecision = decideGate(timing, measurements, BEGUN, now);
    if (decision.kind !== "measure") {
      return { verdict: decision, measurements, seconds: (now - BEGUN) / 1000 };
    }
    assert.ok(decision.at >= at(timing.warmUp), "it measures during the warm-up");
    now = Math.max(now, decision.at) + takes * 1000;
    const made: Measurement = { outcome: outcomes[index] ?? rest, saw: `number ${index + 1}` };
    measurements.push({ ...made, at: now });
  }
  return assert.fail("the gate does not end");
}

describe("what decides a gate", () => {
  it("passes with enough good measurements, one each interval after the warm-up", () => {
    const { verdict, measurements, seconds } = play(TIMING, []);
    assert.deepEqual(verdict, {
      kind: "passed",
      saw: "number 3",
      counts: { good: 3, bad: 0, noData: 0 },
    });
    assert.deepEqual(
      measurements.map((one) => (one.at - BEGUN) / 1000),
      [60, 90, 120],
    );
    assert.equal(seconds, 120);
  });

  it("measures in time: the next one is due an interval after the last one ended", () => {
    const decision = decideGate(TIMING, [{ outcome: "good", saw: "x", at: at(75) }], BEGUN, at(75));
    assert.deepEqual(decision, {
      kind: "measure",
      at: at(105),
      counts: { good: 1, bad: 0, noData: 0 },
    });
  });

  it("tolerates as many bad measurements as the limit says, and fails with one more", () => {
    assert.equal(play(TIMING, ["bad", "good", "good", "good"]).verdict.kind, "passed");
    const { verdict, measurements } = play(TIMING, ["bad", "good", "bad"]);
    assert.equal(verdict.kind, "failed");
    assert.equal(verdict.saw, "number 3 (2 bad measurements)");
    assert.equal(measurements.length, 3);
  });

  it("fails at once without a tolerance", () => {
    const { verdict, measurements } = play({ ...TIMING, limit: 0 }, ["bad"]);
    assert.deepEqual([verdict.kind, verdict.saw, measurements.length], ["failed", "number 1", 1]);
  });

  it("waits for data until its time is over, and then a person decides", () => {
    const { verdict, seconds } = play(TIMING, [], { rest: "noData" });
    assert.equal(verdict.kind, "undecided");
    assert.match(
      verdict.saw,
      /^the time of 600 s is over with 0 of 3 good, \d+ without data; last: number \d+$/,
    );
    assert.ok(seconds <= 660, `it took ${seconds} s`);
  });

  it("counts no data as bad or as good where the gate says so", () => {
    assert.equal(
      play({ ...TIMING, noData: "fail" }, [], { rest: "noData" }).verdict.kind,
      "failed",
    );
    assert.equal(
      play({ ...TIMING, noData: "pass" }, [], { rest: "noData" }).verdict.kind,
      "passed",
    );
  });

  it("leaves it to a person when nothing answers several times in a row", () => {
    const down = Array<Outcome>(UNREACHABLE_LIMIT + 1).fill("unreachable");
    const { verdict, measurements } = play(TIMING, down);
    assert.equal(verdict.kind, "undecided");
    assert.equal(verdict.saw, "number 5 (5 attempts in a row)");
    assert.equal(measurements.length, 5);
    const short = down.slice(1);
    assert.equal(play(TIMING, [...short, "good", ...short]).verdict.kind, "passed");
  });

  it("leaves it to a person at once what cannot be measured in this way", () => {
    const { verdict, measurements } = play(TIMING, ["good", "impossible"]);
    assert.deepEqual([verdict.kind, measurements.length], ["undecided", 2]);
  });

  it("fails when its time ends with a bad measurement", () => {
    const { verdict } = play({ ...TIMING, timeout: 60, limit: 9 }, [], { rest: "bad" });
    assert.equal(verdict.kind, "failed");
    assert.match(verdict.saw, /^the time of 60 s is over with 0 of 3 good, 3 bad \(9 tolerated\)/);
  });
});

describe("any gate", () => {
  const timings = fc.record({
    interval: fc.integer({ min: 1, max: 120 }),
    count: fc.integer({ min: 1, max: 10 }),
    warmUp: fc.integer({ min: 0, max: 300 }),
    limit: fc.integer({ min: 0, max: 5 }),
    timeout: fc.integer({ min: 1, max: 900 }),
    noData: fc.constantFrom("wait" as const, "fail" as const, "pass" as const),
  });
  const outcomes = fc.array(
    fc.constantFrom<Outcome>("good", "bad", "noData", "unreachable", "impossible"),
    { maxLength: 40 },
  );
  const rests = fc.constantFrom<Outcome>("good", "bad", "noData", "unreachable");
  const takes = fc.integer({ min: 0, max: 30 });

  /** The outcomes as the gate counts them. */
  function counted({ measurements }: End, { noData }: Timing): Outcome[] {
    const stand = { wait: "noData", fail: "bad", pass: "good" } as const;
    return measurements.map(({ outcome }) => (outcome === "noData" ? stand[noData] : outcome));
  }

  const number = (all: readonly Outcome[], one: Outcome) =>
    all.filter((outcome) => outcome === one).length;

  it("ends within its warm-up, its time, and one measurement", () => {
    fc.assert(
      fc.property(timings, outcomes, rests, takes, (timing, list, rest, seconds) => {
        const end = play(timing, list, { rest, takes: seconds });
        assert.ok(end.seconds <= timing.warmUp + timing.timeout + seconds);
      }),
    );
  });

  it("passes only with enough good measurements and no more bad ones than tolerated", () => {
    fc.assert(
      fc.property(timings, outcomes, rests, takes, (timing, list, rest, seconds) => {
        const end = play(timing, list, { rest, takes: seconds });
        const all = counted(end, timing);
        const isGood = number(all, "good") >= timing.count && number(all, "bad") <= timing.limit;
        assert.equal(end.verdict.kind === "passed", isGood && all.at(-1) !== "impossible");
      }),
    );
  });

  it("fails only for what was bad", () => {
    fc.assert(
      fc.property(timings, outcomes, rests, takes, (timing, list, rest, seconds) => {
        const end = play(timing, list, { rest, takes: seconds });
        const all = counted(end, timing);
        if (end.verdict.kind === "failed") {
          assert.ok(number(all, "bad") > timing.limit || all.at(-1) === "bad");
        }
        if (number(all, "bad") > timing.limit) {
          assert.equal(end.verdict.kind, "failed");
        }
      }),
    );
  });

  it("decides the same from the same measurements, and changes none of them", () => {
    fc.assert(
      fc.property(timings, outcomes, takes, (timing, list, seconds) => {
        const { measurements } = play(timing, list, { takes: seconds });
        const before = structuredClone(measurements);
        const now = measurements.at(-1)?.at ?? BEGUN;
        assert.deepEqual(
          decideGate(timing, measurements, BEGUN, now),
          decideGate(timing, measurements, BEGUN, now),
        );
        assert.deepEqual(measurements, before);
      }),
    );
  });
});
