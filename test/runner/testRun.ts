import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Wrap } from "../cluster/processes";
import { TSX } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { background, hasBackground, isMachineBusy } from "./background";
import { isOnCluster, type Job, type Result } from "./job";
import { markWithin } from "./marked";
import { runJob } from "./runJob";
import { schedule } from "./schedule";
import { counts, duration, summary } from "./summary";

/** One on a node, which often waits, and two others on the two cores that a run is measured on. */
const AT_ONCE = 3;

/** In the last minutes no job starts: it would hardly get anywhere. */
const LAST_START_MS = 6 * 60_000;

/** When this is left every job is ended, so that the run can tell how it went. */
const LAST_END_MS = 2 * 60_000;

/** Exit code of a run that was ended from outside. */
const INTERRUPTED = 130;

const STARTER_POLL_MS = 1000;

export interface TestRunOptions {
  /** What the run may take. @default as long as it needs */
  readonly minutes?: number;
  /** When the run began, in seconds since 1970. @default now */
  readonly started?: number;
  /** Number of a process with which the run ends. @default none */
  readonly starter?: number;
  /** A file that gets the summary too. @default none */
  readonly summaryFile?: string;
  /** Others use the machine, so no job is kept behind them. @default as its load says */
  readonly busy?: boolean;
}

/** Milliseconds after which a job is ended when so much is left of the run. */
export function limitWithin({ limitMs }: Pick<Job, "limitMs">, leftMs: number): number {
  return Math.min(limitMs, leftMs - LAST_END_MS);
}

/** One run of checks and tests, from the first job to the summary. */
export class TestRun {
  private readonly folder = temporaryFolder("test-run");
  private readonly id = randomBytes(6).toString("hex");
  private readonly mark = markWithin(this.id);
  private readonly cgroup = `/mesh-tests-${this.id}`;
  private background?: Wrap;
  private isBusy = false;
  private readonly results = new Map<Job, Result>();
  private readonly controller = new AbortController();
  private started = 0;
  private readonly began: number;
  private readonly deadline: number;

  constructor(private readonly options: TestRunOptions = {}) {
    const { minutes = Number.POSITIVE_INFINITY, started } = options;
    this.began = started === undefined ? Date.now() : started * 1000;
    this.deadline = this.began + minutes * 60_000;
  }

  /** Runs a job in the background, where that can be done. One that runs once more needs all it gets. */
  private inBackground(job: Job): Wrap | undefined {
    if (job.background !== true || this.isBusy || this.results.has(job)) {
      return undefined;
    }
    if (hasBackground()) {
      this.background ??= background(this.cgroup);
    }
    return this.background;
  }

  /** @returns the code to exit with */
  async run(jobs: readonly Job[]): Promise<number> {
    this.startReaper();
    this.endOnSignals();
    if (jobs.some((job) => job.background === true)) {
      this.isBusy = this.options.busy ?? (await isMachineBusy());
    }
    const notRun = await this.runAll(jobs, AT_ONCE);
    const failed = await this.tryAgain(jobs);
    const results = jobs.flatMap((job) => this.results.get(job) ?? []);
    const triedTwice = failed.filter((first) => !results.includes(first));
    const milliseconds = Date.now() - this.began;
    const text = summary({ results, triedTwice, notRun, milliseconds });
    this.tell(`\n${text}`);
    if (this.options.summaryFile !== undefined) {
      writeFileSync(this.options.summaryFile, `${text}\n`);
    }
    if (this.controller.signal.aborted) {
      return INTERRUPTED;
    }
    return results.every(({ failures }) => failures.length === 0) ? 0 : 1;
  }

  /**
   * Runs once more, with nothing beside it, what failed on a cluster. A job that was asked for by
   * itself is not run again.
   *
   * @returns what failed the first time
   */
  private async tryAgain(jobs: readonly Job[]): Promise<Result[]> {
    const isToRun = ({ job, failures }: Result) =>
      isOnCluster(job) && failures.length > 0 && jobs.length > 1;
    const failed = [...this.results.values()].filter(isToRun);
    await this.runAll(
      failed.map(({ job }) => job),
      1,
    );
    return failed;
  }

  private runAll(jobs: readonly Job[], atOnce: number): Promise<Job[]> {
    return schedule(jobs, {
      atOnce,
      run: (job) => this.runOne(job, atOnce === 1 || isShownLive(job, jobs)),
      mayStart: () => !this.controller.signal.aborted && this.timeLeft() > LAST_START_MS,
      endedWell: [...this.results.values()]
        .filter(({ failures }) => failures.length === 0)
        .map(({ job }) => job.name),
    });
  }

  /** @param live its output is shown as it comes, and not at its end */
  private async runOne(job: Job, live: boolean): Promise<boolean> {
    this.tell(`[${this.time()}] ${job.name}: starts`);
    this.started++;
    const result = await runJob(job, {
      limitMs: limitWithin(job, this.timeLeft()),
      recordFile: join(this.folder, String(this.started)),
      folder: this.folder,
      mark: `${this.mark}${this.started}/`,
      onOutput: live ? (chunk) => process.stdout.write(chunk) : undefined,
      wrap: this.inBackground(job),
      signal: this.controller.signal,
    });
    this.results.set(job, result);
    const said = live ? "" : result.output;
    const took = duration(result.milliseconds);
    this.tell(`${said}[${this.time()}] ${job.name}: ${counts([result])} in ${took}`);
    return result.failures.length === 0;
  }

  private timeLeft(): number {
    return this.deadline - Date.now();
  }

  private time(): string {
    return duration(Date.now() - this.began).padStart(5);
  }

  private tell(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** Sees to it that nothing is left if this process is killed. */
  private startReaper(): void {
    const reaper = join(__dirname, "reaper.ts");
    const child = spawn(process.execPath, ["--require", TSX, reaper, this.mark, this.cgroup], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
  }

  private endOnSignals(): void {
    const end = (reason: string) => {
      if (!this.controller.signal.aborted) {
        this.tell(`${reason}: the run ends`);
        this.controller.abort();
      }
    };
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, end);
    }
    const { starter } = this.options;
    if (starter !== undefined) {
      setInterval(
        () => isAlive(starter) || end("what started it is gone"),
        STARTER_POLL_MS,
      ).unref();
    }
  }
}

/** Set-up writes a line now and then, and may take long; beside the only lane of a run nothing runs. */
function isShownLive({ lane, suite }: Job, jobs: readonly Job[]): boolean {
  const isOnlyLane = lane !== undefined && jobs.every((job) => job.lane === lane);
  return suite === "set-up" || jobs.length === 1 || isOnlyLane;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
