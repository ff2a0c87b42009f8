import type { ChartNews } from "../adapters/charts/news";
import { formatProblem, InvalidInput, type Problem } from "../mesh/common/problem";

/** Input that is not valid, and every other failure, as every Unix tool tells it from success. */
export const EXIT_FAILED = 1;

/** What a comparison could not do: 1 says that the two sides differ, as with diff(1). */
export const EXIT_TROUBLE = 2;

/** Says what went wrong, on standard error. */
export function report(error: unknown): void {
  if (error instanceof InvalidInput) {
    const count = error.problems.length;
    process.stderr.write(`${count} ${count === 1 ? "problem" : "problems"}; nothing was written\n`);
  }
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

/** Says what is worth a look, on standard error. */
export function printWarnings(warnings: readonly Problem[]): void {
  for (const warning of warnings) {
    process.stderr.write(`warning: ${formatProblem(warning)}\n`);
  }
}

/**
 * Runs a comparison and sets the exit code: 0 equal, 1 different, 2 trouble.
 *
 * @param compare returns whether the sides differ
 */
export async function comparing(compare: () => Promise<boolean> | boolean): Promise<void> {
  try {
    process.exitCode = (await compare()) ? 1 : 0;
  } catch (error) {
    report(error);
    process.exitCode = EXIT_TROUBLE;
  }
}

/** News of charts, on standard error: the output may be read by a program. */
export const CHART_NEWS: ChartNews = {
  warn: (text) => void process.stderr.write(`warning: ${text}\n`),
  info: (text) => void process.stderr.write(`${text}\n`),
  progress: (text) => void process.stderr.write(`${text}\n`),
};
