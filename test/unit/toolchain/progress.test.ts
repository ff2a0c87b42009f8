import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { runLimited } from "../../../toolchain/progress/limit";
import { plainProgress } from "../../../toolchain/progress/plain";
import { until } from "./machine";

describe("toolchain: progress", () => {
  it("writes plain lines with the seconds since the start", async () => {
    const lines: string[] = [];
    let time = 5000;
    const progress = plainProgress({ write: (line) => lines.push(line), now: () => time });
    time += 12_000;
    const errors = await progress.run(
      [
        {
          title: "building x",
          estimate: "about 5 min",
          run: async () => {
            time += 3000;
          },
        },
        {
          title: "fetching y",
          otherwise: "trying Go modules next",
          run: async () => Promise.reject(new Error("long story\nno network")),
        },
        { title: "building z", run: async () => Promise.reject(new Error("no space")) },
      ],
      1,
    );
    assert.deepEqual(
      errors.map((error) => error?.message),
      [undefined, "long story\nno network", "no space"],
    );
    assert.deepEqual(lines, [
      "[ 12s] building x (about 5 min)",
      "[ 15s] done building x in 3s",
      "[ 15s] fetching y",
      "[ 15s] no luck fetching y: no network; trying Go modules next",
      "[ 15s] building z",
      "[ 15s] failed building z: no space",
    ]);
  });

  it("gives a sign of life for a long job, and none after its end", async () => {
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    const progress = plainProgress({ write, now: () => 0, heartbeatMs: 5 });
    const beats = () => lines.filter((line) => line.includes("still building x")).length;
    const run = () => until(() => beats() >= 2);
    await progress.run([{ title: "building x", estimate: "about 5 min", run }], 2);
    const seen = beats();
    assert.ok(lines.includes("[  0s] still building x: 0s so far (about 5 min)"));
    await sleep(20);
    assert.equal(beats(), seen);
  });

  it("starts jobs in order, no more than allowed at a time", async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const tasks = [0, 1, 2, 3, 4].map((index) => async () => {
      started.push(index);
      most = Math.max(most, ++running);
      await sleep(5 * (5 - index));
      running--;
    });
    await runLimited(tasks, 2);
    assert.deepEqual([started, most], [[0, 1, 2, 3, 4], 2]);
  });
});
