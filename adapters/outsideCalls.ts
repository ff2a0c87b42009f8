import { type ExecFileOptions, execFile } from "node:child_process";
import { channel } from "node:diagnostics_channel";
import { basename } from "node:path";
import { promisify } from "node:util";

/** A request, or a run of a program, that is done. It has no body, header or output: these hold secrets. */
export interface OutsideCall {
  /** @example "GET https://127.0.0.1:6443/api/v1/nodes?limit=500" */
  readonly what: string;
  /** @example "200", "exit code 1", "ECONNREFUSED" */
  readonly outcome: string;
  readonly milliseconds: number;
}

const CALLS = channel("pulumi-service-mesh:outside-call");

/** Has a function called with each request and each run of a program, once it is done. */
export function onOutsideCall(listener: (call: OutsideCall) => void): void {
  CALLS.subscribe((message) => listener(message as OutsideCall));
}

interface Failure {
  readonly code?: string | number;
  readonly cause?: Failure;
  readonly message?: string;
}

/** Returns why a call failed, in a word: the texts of errors may have secrets. */
function failureOf({ code, cause }: Failure): string {
  const known = code ?? cause?.code;
  return typeof known === "number" ? `exit code ${known}` : (known ?? "failed");
}

/** Runs a call, and tells who listens what came of it. */
export async function outsideCall<T>(
  what: string,
  call: () => Promise<T>,
  outcomeOf: (answer: T) => string,
): Promise<T> {
  const tell = tellerOf(what);
  try {
    const answer = await call();
    tell(outcomeOf(answer));
    return answer;
  } catch (error) {
    tell(failureOf(error as Failure));
    throw error;
  }
}

/**
 * Begins a call. The result tells who listens how it ended.
 *
 * @example
 * const tell = tellerOf("pulumi stack export");
 * tell("exit code 0");
 */
export function tellerOf(what: string): (outcome: string) => void {
  const from = performance.now();
  return (outcome) => {
    const milliseconds = Math.round(performance.now() - from);
    CALLS.publish({ what, outcome, milliseconds } satisfies OutsideCall);
  };
}

/** @example commandLine("/usr/bin/crane", ["digest", "a/b:1"]) // "crane digest a/b:1" */
export function commandLine(program: string, args: readonly string[]): string {
  return [basename(program), ...args].join(" ");
}

const run = promisify(execFile);

/**
 * Runs a program to its end.
 *
 * @throws Error with `code` and `stderr` if it fails or cannot be started
 */
export function execute(
  program: string,
  args: readonly string[],
  options: ExecFileOptions,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return outsideCall(
    commandLine(program, args),
    () => run(program, args, { ...options, encoding: "utf8" }),
    () => "exit code 0",
  );
}
