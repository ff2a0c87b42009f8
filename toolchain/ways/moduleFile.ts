import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "../catalog";
import type { Context } from "../context";
import { finishFile, unfinishedName } from "../files";
import { moduleFolder, stageModule } from "../go";
import type { Ways } from "./way";

export const moduleFileWays: Ways = {
  go: { name: "Go modules", run: copy },
};

async function copy(context: Context, tool: Tool): Promise<void> {
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
