import type { ChartNews } from "../adapters/charts/news";
import { formatProblem, InvalidInput, type Problem } from "../mesh/common/problem";

/** The exit code when something is wrong with what was read: findings, faults in overlays, differences. */
export const EXIT_FAILED = 1;

const OWN_NAME = "mesh";

/** The exit code when a command could not do its work: a wrong flag, a missing file, no cluster. */
export const EXIT_TROUBLE = 2;

/** The source of what is wrong with several flags of a command together. */
export function flagsOf(command: string): string {
  return `${OWN_NAME} ${command}`;
}

/** Returns whether it is the call that is wrong: a flag, or a file that cannot be read. */
export function isOfCall({ source, isUnread = false }: Problem): boolean {
  return isUnread || source.startsWith("--") || source.startsWith(`${OWN_NAME} `);
}

/** Returns the exit code for an error that ends a command. */
export function exitCodeOf(error: unknown): number {
  return error instanceof InvalidInput && !error.problems.some(isOfCall)
    ? EXIT_FAILED
    : EXIT_TROUBLE;
}

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
