import { spawn } from "node:child_process";
import { Usage } from "./processes";

/** One command to time. */
export interface MeasuredCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** One finished run. */
export interface Run {
  readonly seconds: number;
  /** Processor time of the process and its descendants, in seconds. */
  readonly cpuSeconds: number;
  /** The largest sum of their resident memory, in MiB. */
  readonly peakMib: number;
}

const SAMPLE_MS = 50;

/** Runs a command once. Throws with its output if it fails, because a failed run must not count. */
export function run({ program, args, cwd, env }: MeasuredCommand): Promise<Run> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    const usage = new Usage(child.pid ?? 0);
    child.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    const sampler = setInterval(() => usage.look(), SAMPLE_MS);
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(sampler);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (code === 0) {
        resolve({ seconds, cpuSeconds: usage.cpuSeconds, peakMib: usage.peakMib });
      } else {
        reject(new Error(`${program} ${args.join(" ")} ended with code ${code}\n${errors}`));
      }
    });
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 0 ? (low + high) / 2 : high;
}

/** A command to time, and what to undo after it outside the measured time. */
export interface Timed {
  readonly command: MeasuredCommand;
  readonly undo?: () => Promise<void>;
}

/** Two commands in turn, A B A B …, so that a slow moment of the machine affects both. */
export interface Comparison {
  readonly ours: readonly Run[];
  readonly peer: readonly Run[];
  /** The median of our time divided by the peer's time, pair by pair. */
  readonly ratio: number;
}

async function runTimed({ command, undo }: Timed): Promise<Run> {
  const finished = await run(command);
  await undo?.();
  return finished;
}

/** Compares two commands over several pairs of runs. The first run of each does not count. */
export async function compare(ours: Timed, peer: Timed, pairs: number): Promise<Comparison> {
  await runTimed(ours);
  await runTimed(peer);
  const [a, b]: [Run[], Run[]] = [[], []];
  for (let pair = 0; pair < pairs; pair++) {
    a.push(await runTimed(ours));
    b.push(await runTimed(peer));
  }
  const ratios = a.map(({ seconds }, index) => seconds / (b[index]?.seconds ?? Number.NaN));
  return { ours: a, peer: b, ratio: median(ratios) };
}
