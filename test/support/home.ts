import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary";

/**
 * A PULUMI_HOME of its own that shares the installed programs. The file in place of the folder `logs`
 * switches off the log that Pulumi writes of each command: it takes a quarter of the command's
 * processor time, and many of them would push the user's own logs out of their folder.
 */
export function copyOfHome(home: string): string {
  const folder = temporaryFolder("home");
  for (const shared of ["versions", "plugins"]) {
    symlinkSync(join(home, shared), join(folder, shared));
  }
  writeFileSync(join(folder, "logs"), "Pulumi writes no logs here.\n");
  return folder;
}
