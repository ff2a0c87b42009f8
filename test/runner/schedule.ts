import type { Job } from "./job";

export interface ScheduleOptions {
  /** How many jobs run side by side. */
  readonly atOnce: number;
  /** Runs a job. Resolves to true if it ended well. */
  readonly run: (job: Job) => Promise<boolean>;
  /** Asked right before a job would start. A job that may not start is left out. */
  readonly mayStart: (job: Job) => boolean;
  /** Names of the jobs that have ended well before, which others may need. @default none */
  readonly endedWell?: readonly string[];
}

/**
 * Runs jobs in their order, as far as the jobs that they need have ended well. A job waits until no other
 * of its lane runs.
 *
 * @returns the jobs that were not run
 */
export async function schedule(jobs: readonly Job[], options: ScheduleOptions): Promise<Job[]> {
  const waiting = [...jobs];
  const leftOut: Job[] = [];
  const endedWell = new Set(options.endedWell);
  const running = new Map<Job, Promise<void>>();

  const isReady = ({ needs, lane }: Job) => {
    const isFree = lane === undefined || ![...running.keys()].some((job) => job.lane === lane);
    const hasWhatItNeeds = needs === undefined || endedWell.has(needs);
    return running.size < options.atOnce && isFree && hasWhatItNeeds;
  };
  const start = async (job: Job) => {
    try {
      if (await options.run(job)) {
        endedWell.add(job.name);
      }
    } finally {
      running.delete(job);
    }
  };

  for (;;) {
    const next = waiting.find(isReady);
    if (next !== undefined) {
      waiting.splice(waiting.indexOf(next), 1);
      if (options.mayStart(next)) {
        running.set(next, start(next));
      } else {
        leftOut.push(next);
      }
    } else if (running.size > 0) {
      await Promise.race(running.values());
    } else {
      return [...leftOut, ...waiting];
    }
  }
}
