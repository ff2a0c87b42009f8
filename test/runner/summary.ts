import type { Failure, Job, Result } from "./job";

/** All that a run did. */
export interface RunReport {
  /** The last result of each job. */
  readonly results: readonly Result[];
  /** First results of the jobs that failed and were run once more. */
  readonly triedTwice: readonly Result[];
  readonly notRun: readonly Job[];
  readonly milliseconds: number;
}

const SLOWEST = 10;

const MESSAGE_LINES = 12;
const MESSAGE_COLUMNS = 300;

/** @example duration(83_400) // "1:23" */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function timed(milliseconds: number, what: string): string {
  return `${duration(milliseconds).padStart(7)}  ${what}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

interface Row {
  readonly suite: string;
  readonly name: string;
  readonly milliseconds: number;
}

/** Time of each job, below the time of its suite. */
function times({ results, triedTwice, milliseconds }: RunReport): string[] {
  const row = ({ job, milliseconds: own }: Result, more = ""): Row => ({
    suite: job.suite,
    name: `${job.name}${more}`,
    milliseconds: own,
  });
  const rows = [
    ...triedTwice.map((result) => row(result, ", the first time")),
    ...results.map((result) => row(result)),
  ];
  const suites = [...new Set(results.map(({ job }) => job.suite))];
  const lines = suites.flatMap((suite) => {
    const own = rows.filter((each) => each.suite === suite);
    const files = own.filter(({ name }) => name !== suite);
    return [
      timed(sum(own.map((each) => each.milliseconds)), suite),
      ...files.map((each) => timed(each.milliseconds, `  ${each.name}`)),
    ];
  });
  const whole = timed(milliseconds, "from start to end; jobs run side by side");
  return ["Time, in minutes:", ...lines, whole];
}

function slowest({ results }: RunReport): string[] {
  const tests = results
    .flatMap((result) => result.tests)
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, SLOWEST);
  return tests.length === 0
    ? []
    : [
        "The slowest tests, in minutes:",
        ...tests.map((test) => timed(test.milliseconds, test.title)),
      ];
}

/** The first lines of what an error said: a log may keep only the end of a run. */
function messageLines({ message = "" }: Failure): string[] {
  return message
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, MESSAGE_LINES)
    .map((line) => `      ${line.slice(0, MESSAGE_COLUMNS)}`);
}

function failures(heading: string, results: readonly Result[]): string[] {
  const lines = results.flatMap(({ job, failures: all }) =>
    all.flatMap((failure) => [`  ${job.name}: ${failure.title}`, ...messageLines(failure)]),
  );
  return lines.length === 0 ? [] : [heading, ...lines];
}

function notRun({ notRun: jobs }: RunReport): string[] {
  return jobs.length === 0
    ? []
    : [
        "Not run, because the time was over or a job before had failed:",
        ...jobs.map((job) => `  ${job.name}`),
      ];
}

/**
 * How many tests passed, failed and were skipped, and which jobs were not run. Such a job counts as
 * skipped.
 *
 * @example counts(results, [cni]) // "2538 passed, 0 failed, 2 skipped; not run: test/e2e/cni.test.ts"
 */
export function counts(results: readonly Result[], jobsNotRun: readonly Job[] = []): string {
  const passed = sum(results.map((result) => result.passed));
  const failed = sum(results.map((result) => result.failures.length));
  const skipped = sum(results.map((result) => result.skipped)) + jobsNotRun.length;
  const names = jobsNotRun.map(({ name }) => name).join(", ");
  const told = names === "" ? "" : `; not run: ${names}`;
  return `${passed} passed, ${failed} failed, ${skipped} skipped${told}`;
}

/** What is printed at the end of a run. The last line has the counts, and the names of what was not run. */
export function summary(report: RunReport): string {
  const parts = [
    times(report),
    slowest(report),
    failures("Failed at first, and tried once more:", report.triedTwice),
    notRun(report),
    failures("Failed:", report.results),
    [counts(report.results, report.notRun)],
  ];
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n");
}
