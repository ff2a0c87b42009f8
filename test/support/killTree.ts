import { execFileSync } from "node:child_process";

/** A process and all below it, as `ps` has them. */
function tree(root: number): number[] {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    rows.flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid, ...below(pid)] : []));
  return [root, ...below(root)];
}

/** Ends a process and all below it at once, as a machine that goes down does. */
export function killTree(root: number): void {
  for (const pid of tree(root)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ended since
    }
  }
}
