import type { ChartNews } from "../adapters/charts/news";
import { formatProblem, InvalidInput, type Problem } from "../mesh/common/problem";

/** The exit code for invalid input and every other failure. */
export const EXIT_FAILED = 1;

/** The exit code of a comparison that failed. As in diff(1), 1 means that the two sides differ. */
export const EXIT_TROUBLE = 2;

/** Prints an error to standard error. */
export function report(error: unknown): void {
  if (error instanceof InvalidInput) {
    const count = error.problems.length;
    process.stderr.write(`${count} ${count === 1 ? "problem" : "problems"}; nothing was written\n`);
  }
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

/** Prints warnings to standard error. */
export function printWarnings(warnings: readonly Problem[]): void {
  for (const warning of warnings) {
    process.stderr.write(`warning: ${formatProblem(warning)}\n`);
  }
}

/**
 * Runs a comparison and sets the exit code: 0 equal, 1 different, 2 failed.
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

/** Prints messages about charts to standard error, because a program may read the output. */
export const CHART_NEWS: ChartNews = {
  warn: (text) => void process.stderr.write(`warning: ${text}\n`),
  info: (text) => void process.stderr.write(`${text}\n`),
  progress: (text) => void process.stderr.write(`${text}\n`),
};
