import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SetupContext } from "../context";
import { unfinishedName } from "../files";

/**
 * Lets an official tool work in a separate PULUMI_HOME, beside its final folder. An interrupted
 * download then leaves nothing that looks complete, and the tool does not see the user's login,
 * stacks and settings.
 */
export async function inTemporaryHome(
  context: SetupContext,
  work: (home: string, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  const home = unfinishedName(join(context.places.home, "home"));
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  try {
    await work(home, { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
