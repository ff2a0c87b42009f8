import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from "listr2";
import { asError } from "../errors";
import type { Job, SetupProgress } from "../types";
import { failureLine } from "./plain";

/** Shows a list on the terminal with the running jobs and their times. */
export function liveProgress(stream: NodeJS.WriteStream): SetupProgress {
  return {
    line: (text) => stream.write(`${text}\n`),
    run: (jobs, limit) => runList(jobs, limit, stream),
  };
}

async function runList(
  jobs: readonly Job[],
  limit: number,
  stream: NodeJS.WriteStream,
): Promise<(Error | undefined)[]> {
  const errors: (Error | undefined)[] = jobs.map(() => undefined);
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stream, stream) });
  const list = new Listr(
    jobs.map((job, index) => ({
      title: titleOf(job),
      task: async (_context: unknown, task: Shown) => {
        errors[index] = await runShown(job, task);
      },
    })),
    {
      concurrent: limit,
      exitOnError: false,
      // Set-up handles Ctrl-C itself: it ends the programs first.
      registerSignalListeners: false,
      renderer: "default",
      rendererOptions: { logger, timer: PRESET_TIMER, collapseSkips: false },
    },
  );
  // A job's error is recorded above and shown in the list. The list's own summary adds nothing.
  await list.run().catch(() => undefined);
  return errors;
}

/** What a job may change in its entry of the list. */
interface Shown {
  title: string;
  readonly skip: (text: string) => void;
}

async function runShown(job: Job, task: Shown): Promise<Error | undefined> {
  const title = titleOf(job);
  const start = performance.now();
  // By itself, the list shows how long a job took only after it has ended.
  const ticking = setInterval(() => {
    task.title = `${title}, ${Math.round((performance.now() - start) / 1000)}s so far`;
  }, tickMs);
  try {
    await job.run();
    return undefined;
  } catch (error) {
    task.skip(failureLine(job, error));
    return asError(error);
  } finally {
    clearInterval(ticking);
    task.title = title;
  }
}

/** Milliseconds between two updates of the time. */
const tickMs = 1000;

function titleOf(job: Job): string {
  return job.estimate === undefined ? job.title : `${job.title} (${job.estimate})`;
}
