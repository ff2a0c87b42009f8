import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Returns a version for a program whose sources are in this project. Each change of the sources
 * gives another version.
 *
 * @param module the folder under toolchain/go
 */
export function sourceVersion(module: string): string {
  const folder = join(__dirname, "go", module);
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) {
    hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 12);
}
