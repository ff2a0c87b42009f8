import assert from "node:assert/strict";
import type { Job } from "../../runner/job";
import { schedule } from "../../runner/schedule";

const job = (name: string, more: Partial<Job> = {}): Job => ({
  name,
  suite: "unit",
  files: [],
  limitMs: 1,
  ...more,
});

/** Runs jobs that end when the test says so. */
function controlled(jobs: readonly Job[], mayStart: (job: Job) => boolean = () => true) {
  const running = new Map<string, (well: boolean) => void>();
  const run = ({ name }: Job) =>
    new Promise<boolean>((resolve) => {
      running.set(name, resolve);
    });
  const leftOut = schedule(jobs, { atOnce: 2, run, mayStart });
  const end = async (name: string, well = true) => {
    running.get(name)?.(well);
    running.delete(name);
    await new Promise(setImmediate);
  };
  return { names: () => [...running.keys()], end, leftOut };
}

describe("runner: the order of jobs", () => {
  it("runs two at a time, in their order", async () => {
    const { names, end, leftOut } = controlled([job("a"), job("b"), job("c")]);
    assert.deepEqual(names(), ["a", "b"]);
    await end("b");
    assert.deepEqual(names(), ["a", "c"]);
    await end("a");
    await end("c");
    assert.deepEqual(await leftOut, []);
  });

  it("lets others pass a job that waits for what it needs", async () => {
    const { names, end } = controlled([job("a"), job("b", { needs: "a" }), job("c")]);
    assert.deepEqual(names(), ["a", "c"]);
    await end("a");
    assert.deepEqual(names(), ["c", "b"]);
    await end("c");
    await end("b");
  });

  it("leaves out what needs a job that failed", async () => {
    const needing = job("b", { needs: "a" });
    const { end, leftOut } = controlled([job("a"), needing]);
    await end("a", false);
    assert.deepEqual(await leftOut, [needing]);
  });

  it("runs one job of a lane at a time, with others beside it", async () => {
    const lane = { lane: "node" } as const;
    const { names, end, leftOut } = controlled([
      job("a", lane),
      job("b", lane),
      job("c"),
      job("d"),
    ]);
    assert.deepEqual(names(), ["a", "c"]);
    await end("c");
    assert.deepEqual(names(), ["a", "d"]);
    await end("a");
    assert.deepEqual(names(), ["d", "b"]);
    await end("b");
    await end("d");
    assert.deepEqual(await leftOut, []);
  });

  it("leaves out what may not start, when its turn comes", async () => {
    let isLate = false;
    const last = job("c");
    const { end, leftOut } = controlled([job("a"), job("b"), last], () => !isLate);
    isLate = true;
    await end("a");
    await end("b");
    assert.deepEqual(await leftOut, [last]);
  });
});
