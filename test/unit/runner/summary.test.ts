import assert from "node:assert/strict";
import type { Job, Result, Suite } from "../../runner/job";
import { summary } from "../../runner/summary";

const job = (name: string, suite: Suite): Job => ({ name, suite, files: [], limitMs: 1 });

function result(of: Job, more: Partial<Result>): Result {
  const empty = { passed: 0, skipped: 0, failures: [], tests: [], output: "" };
  return { job: of, milliseconds: 0, ...empty, ...more };
}

const [unit, crds, start] = [
  job("unit", "unit"),
  job("test/engine/crds.test.ts", "engine"),
  job("test/engine/start.test.ts", "engine"),
];

describe("runner: the summary", () => {
  it("has the times, the slowest tests, what failed and was not run, and the counts last", () => {
    const text = summary({
      results: [
        result(unit, { milliseconds: 61_000, passed: 2533, skipped: 1 }),
        result(crds, {
          milliseconds: 20_000,
          passed: 4,
          tests: [
            { title: "crds: are created", milliseconds: 9_400 },
            { title: "crds: go on request", milliseconds: 12_000 },
          ],
        }),
        result(start, {
          milliseconds: 30_000,
          passed: 1,
          failures: [{ title: "npm start previews", message: "3 objects:\n\nnone expected" }],
        }),
      ],
      triedTwice: [result(crds, { milliseconds: 10_000, failures: [{ title: "are created" }] })],
      notRun: [job("test/e2e/cni.test.ts", "e2e")],
      milliseconds: 100_000,
    });
    assert.equal(
      text,
      `Time, in minutes:
   1:01  unit
   1:00  engine
   0:10    test/engine/crds.test.ts, the first time
   0:20    test/engine/crds.test.ts
   0:30    test/engine/start.test.ts
   1:40  from start to end; jobs run side by side

The slowest tests, in minutes:
   0:12  crds: go on request
   0:09  crds: are created

Failed at first, and tried once more:
  test/engine/crds.test.ts: are created

Not run, because the time was over or a job before had failed:
  test/e2e/cni.test.ts

Failed:
  test/engine/start.test.ts: npm start previews
      3 objects:
      none expected

2538 passed, 1 failed, 2 skipped; not run: test/e2e/cni.test.ts`,
    );
  });

  it("has ten slow tests at most", () => {
    const tests = Array.from({ length: 12 }, (_, index) => ({
      title: `test ${index}`,
      milliseconds: index * 1000,
    }));
    const text = summary({
      results: [result(unit, { tests, passed: 12 })],
      triedTwice: [],
      notRun: [],
      milliseconds: 0,
    });
    assert.equal(text.match(/test \d+/g)?.length, 10);
    assert.match(text, /test 11\n.*test 10\n/);
    assert.doesNotMatch(text, /Failed|Not run/);
    assert.match(text, /\n12 passed, 0 failed, 0 skipped$/);
  });
});
