import { readdirSync, readFileSync } from "node:fs";

const PAGE_BYTES = 4096;
const MIB = 1024 * 1024;
/** The unit of times in `/proc` on every common Linux. */
const TICKS_PER_SECOND = 100;

interface Process {
  readonly parent: number;
  readonly cpuSeconds: number;
}

/**
 * Returns the fields after the name, which may contain blanks. The first of them is the third
 * field of the line.
 */
function readProcess(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined; // the process has ended
  }
}

function residentMib(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return (pages * PAGE_BYTES) / MIB;
  } catch {
    return 0; // the process has ended
  }
}

function allProcesses(): Map<number, Process> {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  const read = pids.map((pid) => [pid, readProcess(pid)] as const);
  return new Map(read.filter((entry): entry is [number, Process] => entry[1] !== undefined));
}

function isBelow(pid: number, root: number, all: ReadonlyMap<number, Process>): boolean {
  let at: number | undefined = pid;
  while (at !== undefined && at > 1) {
    if (at === root) {
      return true;
    }
    at = all.get(at)?.parent;
  }
  return false;
}

/** Adds up what a process and its descendants use, from sample to sample. Works on Linux only. */
export class Usage {
  /** The largest sum of resident memory, in MiB. */
  peakMib = process.platform === "linux" ? 0 : Number.NaN;
  private readonly cpuSecondsOf = new Map<number, number>();

  constructor(private readonly root: number) {}

  /** The processor time of all processes seen so far. */
  get cpuSeconds(): number {
    return [...this.cpuSecondsOf.values()].reduce((sum, seconds) => sum + seconds, 0);
  }

  look(): void {
    if (process.platform !== "linux") {
      return;
    }
    const all = allProcesses();
    const own = [...all].filter(([pid]) => isBelow(pid, this.root, all));
    for (const [pid, { cpuSeconds }] of own) {
      this.cpuSecondsOf.set(pid, cpuSeconds);
    }
    const mib = own.reduce((sum, [pid]) => sum + residentMib(pid), 0);
    this.peakMib = Math.max(this.peakMib, mib);
  }
}
