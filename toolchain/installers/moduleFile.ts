import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "../catalog";
import type { SetupContext } from "../context";
import { finishFile, unfinishedName } from "../files";
import { moduleFolder, stageModule } from "../go";
import type { Installers } from "./installer";

export const moduleFileInstallers: Installers = {
  go: { name: "Go modules", run: copy },
};

async function copy(context: SetupContext, tool: Tool): Promise<void> {
  const { moduleFile } = tool;
  if (moduleFile === undefined) {
    throw new Error("there is nothing to copy it from");
  }
  const staged = stageModule(context, moduleFile.module);
  const folder = await moduleFolder(context, staged, moduleFile.source);
  const written = unfinishedName(tool.target);
  copyFileSync(join(folder, moduleFile.path), written);
  finishFile(written, tool.target);
}
