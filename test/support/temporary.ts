import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

process.once("exit", () => {
  for (const folder of made) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A new folder that goes when the tests end. */
export function temporaryFolder(purpose: string): string {
  const folder = mkdtempSync(join(tmpdir(), `service-mesh-${purpose}-`));
  made.push(folder);
  return folder;
}

/** The variable that names the folder which all jobs of a run share. */
export const RUN_FOLDER = "MESH_TEST_RUN";

let own: string | undefined;

/** A folder for what several test files need and one can make; a file that is run alone has its own. */
export function runFolder(): string {
  own ??= process.env[RUN_FOLDER] ?? temporaryFolder("run");
  return own;
}

/**
 * The cache of this run: tests neither see nor fill the user's. All jobs share it, so a chart is
 * rendered once for the same values.
 */
export function testCache(): string {
  const folder = join(runFolder(), "cache");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Makes this process use {@link testCache}, until the result is called. */
export function useTestCache(): () => void {
  const before = process.env.SERVICE_MESH_CACHE;
  process.env.SERVICE_MESH_CACHE = testCache();
  return () => {
    if (before === undefined) {
      delete process.env.SERVICE_MESH_CACHE;
    } else {
      process.env.SERVICE_MESH_CACHE = before;
    }
  };
}
