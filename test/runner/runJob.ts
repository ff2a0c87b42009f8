import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Wrap } from "../cluster/processes";
import { RUN_FOLDER } from "../support/temporary";
import { ROOT } from "../support/tools";
import type { Failure, Job, Result, Suite } from "./job";
import { endMarked, MARK } from "./marked";
import type { RecordLine } from "./recordingReporter";

/** Milliseconds that a single test or hook may take, unless it says otherwise. */
const TEST_TIMEOUT_MS: Readonly<Record<Suite, number>> = {
  check: 0,
  "set-up": 0,
  unit: 30_000,
  components: 120_000,
  conformance: 120_000,
  // Longer than any wait within it, of which each ends with what it waited for.
  engine: 300_000,
  e2e: 600_000,
};

/** Milliseconds in which a job that is told to end may clean up, before it is killed. */
const END_TIMEOUT_MS = 30_000;

export interface JobRun {
  /** Milliseconds after which the job is ended: its own limit, or what is left of the run. */
  readonly limitMs: number;
  /** A file of this job's own; it does not exist yet. */
  readonly recordFile: string;
  /** A folder for what all jobs of a run share, such as compiled code. */
  readonly folder: string;
  /** By which its processes are found; see {@link MARK}. */
  readonly mark: string;
  /** Turns the command into one that runs in the background. @default as it is */
  readonly wrap?: Wrap;
  /** Gets the output as it comes. */
  readonly onOutput?: (chunk: Buffer) => void;
  /** Ends the job. */
  readonly signal: AbortSignal;
}

function commandOf({ command, files, suite }: Job, recordFile: string): [string, ...string[]] {
  if (command !== undefined) {
    return [...command];
  }
  return [
    process.execPath,
    require.resolve("mocha/bin/mocha.js"),
    "--no-config",
    "--forbid-only",
    ...["--require", "tsx/cjs"],
    ...["--timeout", String(TEST_TIMEOUT_MS[suite])],
    ...["--reporter", join(__dirname, "recordingReporter.ts")],
    ...["--reporter-option", `file=${recordFile}`],
    ...files,
  ];
}

/**
 * Go programs collect garbage when their memory has grown to five times what is in use, not to twice.
 * That takes up to a sixth off the processor time of API servers and of Pulumi, for some more memory.
 */
const GOGC = "400";

/** The environment of tests is also that of the servers and programs that they start. */
function environmentOf({ files }: Job, { folder, mark }: JobRun): NodeJS.ProcessEnv {
  return {
    ...(files.length === 0 ? {} : { GOGC }),
    ...process.env,
    NODE_COMPILE_CACHE: join(folder, "compiled"),
    [RUN_FOLDER]: folder,
    [MARK]: mark,
  };
}

/** Keeps what a job writes, in the order in which it comes. */
function collect(child: ChildProcess, onOutput?: (chunk: Buffer) => void): Buffer[] {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      onOutput?.(chunk);
    });
  }
  return chunks;
}

/** Sends a signal to a job's process group. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(pid ?? 0), signal);
  } catch {
    // It has ended in between.
  }
}

/** Tells a job to end when its time is over or the signal comes. Returns what to call at its end. */
function watch(child: ChildProcess, limitMs: number, signal: AbortSignal, onLimit: () => void) {
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    signalGroup(child, "SIGTERM");
    timers.push(setTimeout(() => signalGroup(child, "SIGKILL"), END_TIMEOUT_MS));
  };
  const onTimeout = () => {
    onLimit();
    end();
  };
  timers.push(setTimeout(onTimeout, limitMs));
  signal.addEventListener("abort", end, { once: true });
  return () => {
    timers.forEach(clearTimeout);
    signal.removeEventListener("abort", end);
  };
}

function readRecord(file: string): RecordLine[] {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as RecordLine);
}

/** The test or hook that had begun and not ended. */
function underway(record: readonly RecordLine[]): string {
  const last = record.at(-1);
  return last?.event === "start" ? `, at: ${last.title}` : "";
}

interface Ending {
  readonly code: number | null;
  /** Milliseconds after which it was told to end; otherwise it ended by itself. */
  readonly overLimitMs?: number;
  readonly interrupted: boolean;
}

function failuresOf(record: readonly RecordLine[], ending: Ending): Failure[] {
  const failed = record.flatMap((line) =>
    line.event === "fail" ? [{ title: line.title, message: line.message }] : [],
  );
  if (ending.overLimitMs !== undefined) {
    const minutes = Math.round(ending.overLimitMs / 6_000) / 10;
    return [...failed, { title: `it was ended after ${minutes} minutes${underway(record)}` }];
  }
  if (ending.interrupted) {
    return [...failed, { title: `it was interrupted${underway(record)}` }];
  }
  const isUnexplained = ending.code !== 0 && failed.length === 0;
  return isUnexplained
    ? [{ title: `it ended with code ${ending.code}${underway(record)}` }]
    : failed;
}

function summarize(job: Job, record: readonly RecordLine[]) {
  const count = (event: RecordLine["event"]) =>
    record.filter((line) => line.event === event).length;
  const tests = record.flatMap((line) =>
    line.event === "start" || line.event === "pending"
      ? []
      : [{ title: `${job.name}: ${line.title}`, milliseconds: line.milliseconds }],
  );
  return { passed: count("pass"), skipped: count("pending"), tests };
}

function failureOf(error: unknown): Failure[] {
  return [{ title: error instanceof Error ? error.message : String(error) }];
}

/** Runs a job to its end. Nothing that it started is left afterwards. */
export async function runJob(job: Job, run: JobRun): Promise<Result> {
  const started = performance.now();
  const wrap: Wrap = run.wrap ?? ((command) => command);
  const [program, ...args] = wrap(commandOf(job, run.recordFile));
  const child = spawn(program, args, {
    cwd: ROOT,
    // A process group of its own: Ctrl-C reaches the runner alone, which ends its jobs in order.
    detached: true,
    env: environmentOf(job, run),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks = collect(child, run.onOutput);
  const closed = new Promise((resolve) => child.once("close", resolve));
  let overLimitMs: number | undefined;
  const forget = watch(child, run.limitMs, run.signal, () => {
    overLimitMs = run.limitMs;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  forget();
  // What the job has left may hold its output open.
  signalGroup(child, "SIGKILL");
  const left = await endMarked(run.mark).then(() => [], failureOf);
  if (left.length === 0) {
    await closed;
  }
  const record = readRecord(run.recordFile);
  const ending = { code, overLimitMs, interrupted: run.signal.aborted };
  return {
    job,
    milliseconds: performance.now() - started,
    ...summarize(job, record),
    failures: [...failuresOf(record, ending), ...left],
    output: Buffer.concat(chunks).toString("utf8"),
  };
}
