import { readdirSync, readFileSync } from "node:fs";

const PAGE_BYTES = 4096;
const MIB = 1024 * 1024;
/** Of `/proc`, on every Linux that people use. */
const TICKS_PER_SECOND = 100;

interface Process {
  readonly parent: number;
  readonly cpuSeconds: number;
}

/** The fields after the name, which may hold blanks; the first of them is the third of all. */
function readProcess(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined; // ended since
  }
}

function residentMib(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return (pages * PAGE_BYTES) / MIB;
  } catch {
    return 0; // ended since
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

/** Adds up what a process and all below it use, from look to look. On Linux; elsewhere nothing. */
export class Usage {
  /** Largest sum of resident memory, in MiB. */
  peakMib = process.platform === "linux" ? 0 : Number.NaN;
  private readonly cpuSecondsOf = new Map<number, number>();

  constructor(private readonly root: number) {}

  /** Processor time of all that has been seen. */
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
