import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { realSystem } from "../../../toolchain/system";
import { until } from "./machine";

describe("toolchain: running programs", () => {
  const system = realSystem();
  const signal = new AbortController().signal;
  const node = (script: string, more = {}) =>
    system.run({ command: process.execPath, args: ["-e", script], env: {}, signal, ...more });

  it("gives back what a program said and its code, with no input to wait for", async () => {
    const script = `process.stdin.on("data", () => {}).on("end", () => {
      console.log("out"); console.error("err"); process.exitCode = 3; })`;
    const result = await node(script);
    assert.deepEqual(result, { code: 3, stdout: "out\n", stderr: "err\n", timedOut: false });
  });

  it("ends a program that takes too long", async () => {
    const result = await node("setInterval(() => {}, 1000)", { timeoutMs: 200 });
    assert.deepEqual([result.timedOut, result.code], [true, undefined]);
  });

  it("says so when there is no such program", async () => {
    const result = await system.run({ command: "/none", args: [], env: {}, signal });
    assert.equal(result.code, undefined);
    assert.match(result.stderr, /ENOENT/);
  });

  it("ends a program and what that started when the run is aborted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "setup-run-"));
    const [started, proceed, survived] = ["started", "proceed", "survived"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const controller = new AbortController();
    const child = `touch ${started}; until [ -e ${proceed} ]; do sleep 0.1; done; touch ${survived}`;
    const run = system.run({
      command: "/bin/sh",
      args: ["-c", `(${child}) & wait`],
      env: process.env,
      signal: controller.signal,
    });
    await until(() => existsSync(started));
    controller.abort(new Error("enough"));
    await assert.rejects(run, /enough/);
    writeFileSync(proceed, "");
    await sleep(500);
    assert.ok(!existsSync(survived));
    rmSync(folder, { recursive: true });
  });
});
