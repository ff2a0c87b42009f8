import { readdirSync, readFileSync, statSync } from "node:fs";

/** Reads something of a process that may end meanwhile. */
function look<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Fields of a process from its third one, the state, on. */
function statOf(pid: number): string[] | undefined {
  const stat = look(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The second field, the name, stands in brackets and may hold anything.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** When a process began, in ticks since the machine's start; undefined when there is none. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** All processes but those that have ended and are only waited for. */
export function liveProcesses(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && !["Z", "X", undefined].includes(statOf(pid)?.[0]));
}

/** Identity of a namespace file, to compare with {@link networkOf}. */
export function inodeOf(file: string): bigint | undefined {
  return look(() => statSync(file, { bigint: true }).ino);
}

/** Identity of a process's network namespace. */
export function networkOf(pid: number): bigint | undefined {
  return inodeOf(`/proc/${pid}/ns/net`);
}

/** True for a process in a cgroup, or in one below it. */
export function isInCgroup(pid: number, cgroup: string): boolean {
  const lines = look(() => readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.split("\n") ?? [];
  return lines.some((line) => {
    const path = line.split(":").slice(2).join(":");
    return path === cgroup || path.startsWith(`${cgroup}/`);
  });
}
