import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Stands in for the version of a program whose sources are in this project: a change of them makes
 * another one.
 *
 * @param module folder under toolchain/go
 */
export function sourceVersion(module: string): string {
  const folder = join(__dirname, "go", module);
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) {
    hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 12);
}
