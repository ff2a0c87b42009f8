import type { Tool } from "./catalog";

/** An installer that was tried for a tool, and why it failed. */
export interface Attempt {
  readonly way: string;
  readonly reason: string;
}

export interface ToolFailure {
  readonly tool: Tool;
  readonly attempts: readonly Attempt[];
}

/**
 * Some tools could not be provided. The message names all of them, with the reasons and what to
 * do.
 */
export class SetupError extends Error {
  override readonly name = "SetupError";

  constructor(
    readonly failures: readonly ToolFailure[],
    wanted: number,
  ) {
    super(failureText(failures, wanted));
  }
}

/** The run was ended from outside: by Ctrl-C, a signal, or the caller's AbortSignal. */
export class SetupInterrupted extends Error {
  override readonly name = "SetupInterrupted";
}

/** The caller asked for something that does not exist, such as an unknown extra set. */
export class SetupUsageError extends Error {
  override readonly name = "SetupUsageError";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function failureText(failures: readonly ToolFailure[], wanted: number): string {
  return [
    `set-up could not provide ${failures.length} of ${wanted} tools:`,
    "",
    ...failures.flatMap(toolLines),
    "",
    "What helps, either of:",
    "  - a network that reaches the official releases of Pulumi and Istio; then run set-up again;",
    "  - Go 1.26 or newer from your package manager, on a network that reaches Go modules;",
    "    set-up then builds what is missing (about 10 minutes on 2 cores, once).",
  ].join("\n");
}

function toolLines(failure: ToolFailure): string[] {
  const { tool, attempts } = failure;
  return [
    `- ${tool.name} ${tool.version} (${tool.target})`,
    ...attempts.map((attempt) => `    ${attempt.way}: ${indentRest(attempt.reason)}`),
  ];
}

function indentRest(text: string): string {
  return text.split("\n").join("\n      ");
}
