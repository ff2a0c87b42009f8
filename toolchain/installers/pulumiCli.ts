import { chmodSync, copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "../catalog";
import { type SetupContext, succeed } from "../context";
import { finishFile, unfinishedName } from "../files";
import { buildBinary, buildTo, stageModule } from "../go";
import { versions } from "../versions";
import type { Installers } from "./installer";
import { inTemporaryHome } from "./temporaryHome";

/** The time limit for the official release (about 100 MB), in milliseconds. */
const fetchMs = 10 * 60_000;

export const cliInstallers: Installers = {
  official: { name: "the official npm package `pulumi`", run: fetchRelease, obstacle: noPackage },
  go: { name: "Go modules", run: buildFromModules },
};

function packageCommand(context: SetupContext): string {
  return join(context.places.project, "node_modules", ".bin", "pulumi");
}

function noPackage(context: SetupContext): string | undefined {
  return existsSync(packageCommand(context)) ? undefined : "it is not installed: run npm install";
}

/** The npm package downloads the release at its first use, into the given PULUMI_HOME. */
async function fetchRelease(context: SetupContext, tool: Tool): Promise<void> {
  await inTemporaryHome(context, async (home, env) => {
    await succeed(context, {
      command: packageCommand(context),
      args: ["version"],
      env: { ...env, PULUMI_VERSION: tool.version },
      timeoutMs: fetchMs,
    });
    moveRelease(join(home, "versions", tool.version, "bin"), tool);
  });
}

/** The CLI is moved last: the folder counts as complete once the CLI is there. */
function moveRelease(from: string, tool: Tool): void {
  if (!existsSync(join(from, "pulumi"))) {
    throw new Error("it ended well but left no pulumi");
  }
  const others = readdirSync(from).filter((name) => name !== "pulumi");
  for (const name of [...others, "pulumi"]) {
    const target = join(tool.target, "..", name);
    unfinishedName(target); // creates the folder
    finishFile(join(from, name), target);
  }
}

/** Our own language host replaces the official one, whose Go module is not published. */
async function buildFromModules(context: SetupContext, tool: Tool): Promise<void> {
  const { cliBin } = context.places;
  for (const name of ["pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"]) {
    putScript(context, name);
  }
  await buildBinary(context, {
    module: "language-host",
    package: ".",
    variables: { "main.version": tool.version },
    output: join(cliBin, "pulumi-language-nodejs"),
  });
  const written = unfinishedName(tool.target);
  await buildTo(context, stageModule(context, "pulumi-cli"), cliProgram, written);
  finishFile(written, tool.target);
}

const cliProgram = {
  package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  variables: {
    "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": versions.pulumi,
  },
};

function putScript(context: SetupContext, name: string): void {
  const target = join(context.places.cliBin, name);
  const written = unfinishedName(target);
  copyFileSync(join(context.places.goModules, "..", "scripts", name), written);
  chmodSync(written, 0o755);
  finishFile(written, target);
}
