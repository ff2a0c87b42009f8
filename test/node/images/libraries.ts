import { spawnSync } from "node:child_process";

/**
 * Shared libraries that a program loads, with the loader itself; none for a static one.
 *
 * @example librariesOf("/bin/ls") // ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]
 */
export function librariesOf(program: string): string[] {
  // It fails for a static program.
  const { stdout, status } = spawnSync("ldd", [program], { encoding: "utf8" });
  if (status !== 0) {
    return [];
  }
  const missing = /^\s*(\S+) => not found/m.exec(stdout);
  if (missing !== null) {
    throw new Error(`${program} needs ${missing[1]}`);
  }
  return [...stdout.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path = ""]) => path);
}
