import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { cliPath, isExecutable, providerFile, type Tool } from "../catalog";
import { type SetupContext, succeed } from "../context";
import { finishFolder, unfinishedName } from "../files";
import { buildTo, moduleFolder, stageModule } from "../go";
import type { Installers } from "./installer";
import { inTemporaryHome } from "./temporaryHome";

/** The time limit for the official plugin (about 50 MB), in milliseconds. */
const fetchMs = 5 * 60_000;

const module = "github.com/pulumi/pulumi-kubernetes/provider/v4";

export const kubernetesProviderInstallers: Installers = {
  official: {
    name: "`pulumi plugin install`",
    run: installPlugin,
    needsCli: true,
    obstacle: noCli,
  },
  go: { name: "Go modules", run: buildFromModules },
};

function noCli(context: SetupContext): string | undefined {
  return isExecutable(cliPath(context.places))
    ? undefined
    : "not tried, because the pulumi CLI is missing";
}

async function installPlugin(context: SetupContext, tool: Tool): Promise<void> {
  await inTemporaryHome(context, async (home, env) => {
    await succeed(context, {
      command: cliPath(context.places),
      args: ["plugin", "install", "resource", "kubernetes", tool.version],
      env,
      timeoutMs: fetchMs,
    });
    const installed = join(home, "plugins", basename(tool.target));
    if (!isExecutable(join(installed, providerFile))) {
      throw new Error("it ended well but left no plugin");
    }
    mkdirSync(context.places.plugins, { recursive: true });
    finishFolder(installed, tool.target);
  });
}

async function buildFromModules(context: SetupContext, tool: Tool): Promise<void> {
  const staged = stageModule(context, "kubernetes-provider");
  const source = join(await moduleFolder(context, staged, module), "cmd", providerFile);
  copyFileSync(join(source, "schema.json"), join(staged, "schema.json"));
  const written = unfinishedName(tool.target);
  rmSync(written, { recursive: true, force: true });
  mkdirSync(written, { recursive: true });
  const program = { package: ".", variables: { "main.version": tool.version } };
  await buildTo(context, staged, program, join(written, providerFile));
  finishFolder(written, tool.target);
}
