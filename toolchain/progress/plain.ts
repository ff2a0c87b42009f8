import type { Job, SetupProgress } from "../types";
import { runLimited } from "./limit";

/** Milliseconds between two messages of a long job. */
const heartbeatMs = 30_000;

/** Prints lines with the seconds since the start, for logs. */
export function plainProgress(options: {
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** Milliseconds between two messages. @default 30000 */
  readonly heartbeatMs?: number;
}): SetupProgress {
  const { write, now } = options;
  const start = now();
  const line = (text: string) => write(`[${seconds(now() - start).padStart(4)}] ${text}`);

  async function runJob(job: Job): Promise<void> {
    const begin = now();
    const took = () => seconds(now() - begin);
    const estimate = job.estimate === undefined ? "" : ` (${job.estimate})`;
    line(`${job.title}${estimate}`);
    const heartbeat = setInterval(
      () => line(`still ${job.title}: ${took()} so far${estimate}`),
      options.heartbeatMs ?? heartbeatMs,
    );
    try {
      await job.run();
      line(`done ${job.title} in ${took()}`);
    } catch (error) {
      line(failureLine(job, error));
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  }

  return {
    line,
    run: (jobs, limit) =>
      runLimited(
        jobs.map((job) => () => runJob(job)),
        limit,
      ),
  };
}

/** The full reason comes with the error at the end. A line only has room for a summary. */
export function failureLine(job: Job, error: unknown): string {
  const reason = (error instanceof Error ? error.message : String(error)).split("\n").at(-1) ?? "";
  return job.otherwise === undefined
    ? `failed ${job.title}: ${reason}`
    : `no luck ${job.title}: ${reason}; ${job.otherwise}`;
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)}s`;
}
