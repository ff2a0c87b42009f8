import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { tellerOf } from "../outsideCalls";

/** Where a command of this package runs, and what hears it. */
export interface MeshPlace {
  /** The folder of Pulumi.yaml. */
  readonly folder: string;
  /** Has the command end at its next safe moment, as Ctrl-C does. */
  readonly stopped: AbortSignal;
  /** Called with each line of the output. @default the lines are returned alone */
  readonly heard?: (line: string) => void;
  /** Called with each line of the error stream. @default the lines are returned alone */
  readonly warned?: (line: string) => void;
}

/** How a command of this package ended. */
export interface MeshEnd {
  readonly code: number;
  readonly output: readonly string[];
  readonly errors: readonly string[];
}

/** The exit code of a command that was killed. */
const EXIT_KILLED = 137;

async function linesOf(stream: Readable, heard?: (line: string) => void): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    lines.push(line);
    heard?.(line);
  }
  return lines;
}

/**
 * Runs a command of this package in a process of its own: each stack has its own folder, environment and
 * Ctrl-C. It leads a process group, since otherwise a terminal's Ctrl-C would reach Pulumi twice, which
 * ends it at once.
 *
 * @throws Error if it cannot be started
 * @example await runMesh(["upgrade", "status", "--stack", "dev", "-o", "json"], place)
 */
export async function runMesh(
  args: readonly string[],
  { folder, stopped, heard, warned }: MeshPlace,
): Promise<MeshEnd> {
  const own = [...process.execArgv, process.argv[1] ?? "", ...args];
  const tell = tellerOf(`mesh ${args.join(" ")}`);
  const child = spawn(process.execPath, own, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = () => void child.kill("SIGINT");
  stopped.addEventListener("abort", stop, { once: true });
  try {
    const [output, errors, [code]] = await Promise.all([
      linesOf(child.stdout, heard),
      linesOf(child.stderr, warned),
      once(child, "close") as Promise<[number | null]>,
    ]);
    tell(`exit code ${code ?? EXIT_KILLED}`);
    return { code: code ?? EXIT_KILLED, output, errors };
  } finally {
    stopped.removeEventListener("abort", stop);
  }
}
