import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** One command to time. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** One finished run. */
export interface Run {
  readonly seconds: number;
  /** Largest sum of resident memory over the process and all below it, in MiB. */
  readonly peakMib: number;
}

const SAMPLE_MS = 25;
const PAGE_BYTES = 4096;
const MIB = 1024 * 1024;

function parents(): Map<number, number> {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return new Map(
    pids.flatMap((pid) => {
      try {
        const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/\) /);
        return [[pid, Number(rest.split(" ")[1])] as const];
      } catch {
        return []; // ended since
      }
    }),
  );
}

function isBelow(pid: number, root: number, parentOf: Map<number, number>): boolean {
  let at: number | undefined = pid;
  while (at !== undefined && at > 1) {
    if (at === root) {
      return true;
    }
    at = parentOf.get(at);
  }
  return false;
}

function residentMib(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return (pages * PAGE_BYTES) / MIB;
  } catch {
    return 0; // ended since
  }
}

function treeMib(root: number): number {
  if (process.platform !== "linux") {
    return Number.NaN;
  }
  const parentOf = parents();
  return [...parentOf.keys()]
    .filter((pid) => isBelow(pid, root, parentOf))
    .reduce((sum, pid) => sum + residentMib(pid), 0);
}

/** Runs a command once. Throws with its output when it fails: a failed run is no figure. */
export function run({ program, args, cwd, env }: Command): Promise<Run> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    let peakMib = 0;
    child.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    const sampler = setInterval(() => {
      peakMib = Math.max(peakMib, treeMib(child.pid ?? 0));
    }, SAMPLE_MS);
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(sampler);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (code === 0) {
        resolve({ seconds, peakMib });
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

/** Two commands in turn, A B A B …, so that a slow moment of the machine meets both. */
export interface Comparison {
  readonly ours: readonly Run[];
  readonly peer: readonly Run[];
  /** Median of ours divided by the peer's, pair by pair. */
  readonly ratio: number;
}

/** Compares two commands over some pairs of runs, after one of each that does not count. */
export async function compare(ours: Command, peer: Command, pairs: number): Promise<Comparison> {
  await run(ours);
  await run(peer);
  const [a, b]: [Run[], Run[]] = [[], []];
  for (let pair = 0; pair < pairs; pair++) {
    a.push(await run(ours));
    b.push(await run(peer));
  }
  const ratios = a.map(({ seconds }, index) => seconds / (b[index]?.seconds ?? Number.NaN));
  return { ours: a, peer: b, ratio: median(ratios) };
}
