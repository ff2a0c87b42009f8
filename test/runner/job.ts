/** What a job belongs to; `e2e` is on a real node, `engine` on a real Pulumi engine. */
export type Suite = "check" | "set-up" | "unit" | "components" | "conformance" | "engine" | "e2e";

/** One process that a run of the tests starts. */
export interface Job {
  /** As the summary shows it: a test file, or what a job of several files does. */
  readonly name: string;
  readonly suite: Suite;
  /** The test files that mocha runs. Empty for a command that is no test. */
  readonly files: readonly string[];
  /** The command of a job without test files. */
  readonly command?: readonly [program: string, ...args: string[]];
  /** Name of a job that must have ended well before this one starts. */
  readonly needs?: string;
  /** Of the jobs of one lane, one runs at a time. @default any other job may run beside it */
  readonly lane?: string;
  /** Gets only what other jobs, and the pods of a node, leave of the processor. @default false */
  readonly background?: boolean;
  /** Milliseconds after which the job is ended, and counts as failed. */
  readonly limitMs: number;
}

/** A test or a hook and how long it took. */
export interface TimedTest {
  readonly title: string;
  readonly milliseconds: number;
}

/** A test that failed, or what went wrong with a job as a whole. */
export interface Failure {
  readonly title: string;
  /** What the test's error said. */
  readonly message?: string;
}

/** How a job ended. */
export interface Result {
  readonly job: Job;
  readonly milliseconds: number;
  readonly passed: number;
  readonly skipped: number;
  /** The tests that failed, and what else went wrong. Empty if the job ended well. */
  readonly failures: readonly Failure[];
  readonly tests: readonly TimedTest[];
  /** All that the job wrote. */
  readonly output: string;
}

/** True for a suite whose files run against a cluster and are tried once more when they fail. */
export function isOnCluster({ suite }: Pick<Job, "suite">): boolean {
  return suite === "engine" || suite === "e2e";
}
