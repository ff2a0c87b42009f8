import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hierarchies } from "../../node/cgroups";
import { startOf } from "../../node/processTable";
import { until } from "../../node/wait";
import { hasBackground } from "../../runner/background";
import type { Job, Suite } from "../../runner/job";
import { limitWithin, type TestRunOptions } from "../../runner/testRun";
import { run, TSX } from "../../support/run";
import { temporaryFolder } from "../../support/temporary";

const RUN_JOBS = [TSX, join(__dirname, "runJobs.ts")] as const;
const ENDS_WITHIN_MS = 25_000;

describe("runner: a run of test files", function () {
  this.timeout(120_000);

  const folder = temporaryFolder("runner");

  /** A job that runs one test file of the given text. */
  function job(name: string, suite: Suite, text: string, more: Partial<Job> = {}): Job {
    const file = join(folder, `${name}.test.ts`);
    writeFileSync(file, text);
    return { name, suite, files: [file], limitMs: 60_000, ...more };
  }

  function args(jobs: readonly Job[], options: TestRunOptions = {}): string[] {
    const [tsx, script] = RUN_JOBS;
    return ["--require", tsx, script, JSON.stringify(jobs), JSON.stringify(options)];
  }

  const runAll = (jobs: readonly Job[], options?: TestRunOptions) =>
    run(process.execPath, args(jobs, options), { cwd: folder });

  /** A test that starts a process in a session of its own, writes its number, and does not end. */
  function hanging(pidFile: string): string {
    return `
      it("hangs", () => {
        const { pid } = require("node:child_process").spawn("sleep", ["600"], { detached: true });
        require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(pid));
        return new Promise(() => setInterval(() => {}, 1000));
      }).timeout(0);`;
  }

  function isAlive(pid: number): boolean {
    return (
      startOf(pid) !== undefined && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")
    );
  }

  async function pidIn(file: string): Promise<number> {
    const isThere = () => existsSync(file) && readFileSync(file, "utf8") !== "";
    await until(isThere, ENDS_WITHIN_MS, () => "the test did not start its process");
    return Number(readFileSync(file, "utf8"));
  }

  function untilGone(pid: number): Promise<void> {
    return until(
      () => !isAlive(pid),
      ENDS_WITHIN_MS,
      () => `process ${pid} runs still`,
    );
  }

  const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);

  it("tries a file on a cluster once more, and names it at the end", async () => {
    const seen = JSON.stringify(join(folder, "seen"));
    const flaky = `
      const { existsSync, writeFileSync } = require("node:fs");
      it("works at the second try", () => {
        const isFirst = !existsSync(${seen});
        writeFileSync(${seen}, "");
        if (isFirst) { throw new Error("not yet"); }
      });`;
    const { code, stdout } = await runAll([
      job("good", "unit", 'it("is well", () => {}); it("comes later");'),
      job("flaky", "engine", flaky, { needs: "good" }),
    ]);
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      /Failed at first, and tried once more:\n {2}flaky: works at the second try/,
    );
    assert.match(stdout, /Error: not yet/);
    assert.equal(lastLine(stdout), "2 passed, 0 failed, 1 skipped");
  });

  it("does not try a unit test again; failures and what cannot be loaded end the run with 1", async () => {
    const { code, stdout } = await runAll([
      job("bad", "unit", 'it("fails", () => { throw new Error("as it should"); });'),
      job("broken", "engine", 'throw new Error("cannot be loaded");'),
    ]);
    assert.equal(code, 1, stdout);
    assert.match(
      stdout,
      /Failed:\n {2}bad: fails\n {6}as it should\n {2}broken: it ended with code 1/,
    );
    assert.doesNotMatch(stdout, /tried once more:\n {2}bad/);
    assert.equal(lastLine(stdout), "0 passed, 2 failed, 0 skipped");
  });

  it("ends a file that hangs, and what it started; the summary names the test", async () => {
    const pidFile = join(folder, "limit.pid");
    const { code, stdout } = await runAll([
      job("hangs", "unit", `it("is well", () => {});${hanging(pidFile)}`, { limitMs: 12_000 }),
    ]);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /hangs: it was ended after 0\.2 minutes, at: hangs/);
    assert.equal(lastLine(stdout), "1 passed, 1 failed, 0 skipped");
    assert.ok(!isAlive(await pidIn(pidFile)));
  });

  it("gives a job in the background what the others leave of the processor", async function () {
    if (!hasBackground()) {
      this.skip();
    }
    const told = (name: string) => join(folder, `${name}.cgroups`);
    const tells = (name: string, more: Partial<Job> = {}): Job => {
      const script = `cat /proc/self/cgroup > ${told(name)}`;
      const limitMs = 100_000;
      return { name, suite: "check", files: [], command: ["sh", "-c", script], limitMs, ...more };
    };
    const jobs = [tells("front"), tells("back", { background: true })];
    const { code, stdout } = await runAll(jobs, { busy: false });
    assert.equal(code, 0, stdout);
    // The test itself may be in the background of the run that it is part of.
    const own = readFileSync("/proc/self/cgroup", "utf8");
    const [front, back] = ["front", "back"].map((name) => readFileSync(told(name), "utf8"));
    assert.equal(front, own);
    const cgroup = /\/mesh-tests-\w+/.exec(back ?? "")?.[0];
    assert.ok(cgroup !== undefined && !own.includes(cgroup), back);
    const isLeft = () => hierarchies().some((hierarchy) => existsSync(join(hierarchy, cgroup)));
    await until(
      () => !isLeft(),
      ENDS_WITHIN_MS,
      () => `${cgroup} is left`,
    );
  });

  it("gives a file its own limit, or what is left of the run but for the last two minutes", () => {
    const limitMs = 900_000;
    assert.equal(limitWithin({ limitMs }, Number.POSITIVE_INFINITY), 900_000);
    assert.equal(limitWithin({ limitMs }, 600_000), 480_000);
  });

  it("starts no file when hardly any time is left, and names it", async () => {
    const started = Date.now() / 1000 - 85 * 60;
    const summaryFile = join(folder, "summary");
    const late = job("late", "e2e", 'it("is", () => {});');
    const { stdout } = await runAll([late], { minutes: 90, started, summaryFile });
    assert.match(stdout, /Not run, because the time was over.*:\n {2}late\n/);
    assert.equal(lastLine(stdout), "0 passed, 0 failed, 1 skipped; not run: late");
    assert.ok(stdout.endsWith(readFileSync(summaryFile, "utf8")));
  });

  describe("leaves nothing running", () => {
    const children: ChildProcess[] = [];

    function start(program: string, programArgs: readonly string[]) {
      const child = spawn(program, programArgs, { stdio: "ignore" });
      children.push(child);
      return child;
    }

    after(() => {
      for (const child of children) {
        child.kill("SIGKILL");
      }
    });

    it("when it is killed", async () => {
      const pidFile = join(folder, "killed.pid");
      const runner = start(process.execPath, args([job("killed", "unit", hanging(pidFile))]));
      const pid = await pidIn(pidFile);
      runner.kill("SIGKILL");
      await untilGone(pid);
    });

    it("when it is told to end", async () => {
      const pidFile = join(folder, "told.pid");
      const runner = start(process.execPath, args([job("told", "unit", hanging(pidFile))]));
      const ended = new Promise((resolve) => runner.once("exit", resolve));
      const pid = await pidIn(pidFile);
      runner.kill("SIGTERM");
      assert.equal(await ended, 130);
      assert.ok(!isAlive(pid));
    });

    it("when what started it is killed", async () => {
      const pidFile = join(folder, "starter.pid");
      const starter = start("sleep", ["600"]);
      const jobs = [job("starter", "unit", hanging(pidFile))];
      start(process.execPath, args(jobs, { starter: starter.pid }));
      const pid = await pidIn(pidFile);
      starter.kill("SIGKILL");
      await untilGone(pid);
    });
  });
});
