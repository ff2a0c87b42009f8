import { spawnSync } from "node:child_process";

/** Long enough for a package manager; a command that waits for something does not wait for ever. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * Runs a program that has to succeed, while nothing else goes on: what is called at the end of a
 * process cannot wait.
 *
 * @returns what it wrote to its standard output
 */
export function execute(program: string, ...args: readonly string[]): string {
  const result = spawnSync(program, args, { encoding: "utf8", timeout: TIMEOUT_MS });
  if (result.status !== 0) {
    const said = result.error?.message ?? `${result.stderr}`.trim();
    throw new Error(`${program} ${args.join(" ")}: ${said}`);
  }
  return result.stdout;
}
