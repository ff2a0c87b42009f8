import { isComplete, type Tool } from "./catalog";
import type { SetupContext } from "./context";
import { type Attempt, messageOf, SetupError, type ToolFailure } from "./errors";
import { removeInterruptedWork } from "./files";
import { installersOf } from "./installers";
import type { Installer, OfficialInstaller } from "./installers/installer";
import { abortedByInterrupt } from "./interrupts";
import { lockFiles, withLocks } from "./lock";
import { type Plan, reportOf } from "./plan";
import { defaultProgress } from "./progress";
import { realSystem } from "./system";
import type { Job, SetupOptions, SetupProgress, SetupReport, Source } from "./types";

/** Downloads wait for the network, so several run together. */
const fetchesAtOnce = 4;

/** One build waits for downloads while another compiles. A third would only use more memory. */
const buildsAtOnce = 2;

/** Provides what the plan lacks (see `setup`). */
export async function provide(plan: Plan, options: SetupOptions): Promise<SetupReport> {
  const system = { ...realSystem(), ...options.system };
  const progress = options.progress ?? defaultProgress(system.now);
  return abortedByInterrupt(options.signal, (controller) => {
    const context: SetupContext = {
      places: plan.places,
      system,
      signal: controller.signal,
      fetchCharts: options.fetchCharts,
      say: progress.line,
    };
    const waiting = {
      system,
      signal: controller.signal,
      say: progress.line,
      lost: (error: Error) => controller.abort(error),
    };
    return withLocks(lockFiles(plan.places), waiting, () => new Run(plan, context, progress).all());
  });
}

/** One run, after it has the locks. Another run may have done the work while this one waited. */
class Run {
  private readonly sources = new Map<Tool, Source>();
  private readonly attempts = new Map<Tool, Attempt[]>();

  constructor(
    private readonly plan: Plan,
    private readonly context: SetupContext,
    private readonly progress: SetupProgress,
  ) {}

  async all(): Promise<SetupReport> {
    removeInterruptedWork(this.plan.places, this.plan.tools);
    try {
      await this.fetch((tool) => installersOf[tool.kind].official?.needsCli !== true);
      await this.fetch((tool) => installersOf[tool.kind].official?.needsCli === true);
      await this.build();
    } finally {
      removeInterruptedWork(this.plan.places, []);
    }
    this.failIfIncomplete();
    return reportOf(this.plan, this.sources);
  }

  private missing(): Tool[] {
    return this.plan.tools.filter((tool) => !isComplete(tool));
  }

  private async fetch(chosen: (tool: Tool) => boolean): Promise<void> {
    const jobs = this.missing()
      .filter(chosen)
      .flatMap((tool) => this.fetchJobs(tool, installersOf[tool.kind].official));
    await this.runJobs(jobs, fetchesAtOnce);
  }

  private fetchJobs(tool: Tool, way: OfficialInstaller | undefined): Job[] {
    const obstacle = way?.obstacle(this.context);
    if (way === undefined || obstacle === undefined) {
      return way === undefined ? [] : [this.fetchJob(tool, way)];
    }
    this.note(tool, way, obstacle);
    return [];
  }

  private fetchJob(tool: Tool, way: Installer): Job {
    return {
      title: `fetching ${tool.name} ${tool.version}, the official one`,
      otherwise: installersOf[tool.kind].go && "trying Go modules next",
      run: () => this.attempt(tool, way, "official"),
    };
  }

  private async build(): Promise<void> {
    const jobs = this.missing().flatMap((tool) => this.buildJobs(tool, installersOf[tool.kind].go));
    await this.runJobs(jobs, buildsAtOnce);
  }

  private buildJobs(tool: Tool, way: Installer | undefined): Job[] {
    if (way === undefined) {
      return [];
    }
    return [
      {
        title: `building ${tool.name} ${tool.version} from Go modules`,
        estimate: estimateOf(tool),
        run: () => this.attempt(tool, way, "go"),
      },
    ];
  }

  private async runJobs(jobs: readonly Job[], limit: number): Promise<void> {
    if (jobs.length > 0) {
      await this.progress.run(jobs, limit);
    }
    // A failure belongs to its tool, but an interruption ends the whole run.
    this.context.signal.throwIfAborted();
  }

  private async attempt(tool: Tool, way: Installer, source: Source): Promise<void> {
    this.context.signal.throwIfAborted();
    try {
      await way.run(this.context, tool);
      if (!isComplete(tool)) {
        throw new Error("it ended well, but something is missing");
      }
      this.sources.set(tool, source);
    } catch (error) {
      this.note(tool, way, messageOf(error));
      throw error;
    }
  }

  private note(tool: Tool, way: Installer, reason: string): void {
    const before = this.attempts.get(tool) ?? [];
    this.attempts.set(tool, [...before, { way: way.name, reason }]);
  }

  private failIfIncomplete(): void {
    const failures: ToolFailure[] = this.missing().map((tool) => ({
      tool,
      attempts: this.attempts.get(tool) ?? [],
    }));
    if (failures.length > 0) {
      throw new SetupError(failures, this.plan.tools.length);
    }
  }
}

function estimateOf(tool: Tool): string {
  return tool.minutes < 1 ? "under a minute" : `about ${tool.minutes} min`;
}
