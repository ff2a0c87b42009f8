import type { Places } from "./places";
import type { FetchCharts, RunRequest, RunResult, System } from "./types";

/** What the installers work with. */
export interface SetupContext {
  readonly places: Places;
  readonly system: System;
  readonly signal: AbortSignal;
  readonly fetchCharts?: FetchCharts;
  /** Prints a line beside the running work. */
  readonly say: (line: string) => void;
}

/** A program to run; the context adds the rest. `env` is added to the environment. */
export type ToolCommand = Pick<RunRequest, "command" | "args" | "cwd" | "timeoutMs"> & {
  readonly env?: NodeJS.ProcessEnv;
};

/**
 * Runs a program that must succeed.
 *
 * @returns what it wrote to standard output
 * @throws Error with the end of its output if it fails or exceeds its time limit
 */
export async function succeed(context: SetupContext, command: ToolCommand): Promise<string> {
  const { system, signal } = context;
  const result = await system.run({
    ...command,
    env: { ...system.env, ...command.env },
    signal,
  });
  if (result.code !== 0) {
    throw new Error(whyItFailed(command, result));
  }
  return result.stdout;
}

/** The number of lines to keep of a failed program's output. */
const keptLines = 12;

function whyItFailed(command: ToolCommand, result: RunResult): string {
  const said = lastLines(result.stderr === "" ? result.stdout : result.stderr, keptLines);
  if (result.timedOut) {
    const limit = Math.round((command.timeoutMs ?? 0) / 1000);
    return [`did not end within ${limit} s`, said].filter((part) => part !== "").join("\n");
  }
  return said === "" ? `it ended with code ${result.code ?? "none"} and no output` : said;
}

function lastLines(text: string, count: number): string {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .join("\n");
}
