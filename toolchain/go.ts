import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";
import type { GoBinary } from "./catalog";
import { type SetupContext, succeed } from "./context";
import { finishFile, unfinishedName } from "./files";
import { findProgram } from "./programs";

/**
 * `-mod=mod` uses the pinned go.mod and go.sum as they are. A go.work in a parent folder would
 * replace modules. GOTOOLCHAIN is left to the user.
 */
const goEnvironment = { GOFLAGS: "-mod=mod", GOWORK: "off" };

/** @throws Error if there is no `go` */
export function findGo(context: SetupContext): string {
  const found = findProgram(context.system, "go", context.system.goFolders);
  if (found === undefined) {
    throw new Error("go was not found on PATH");
  }
  return found;
}

/** Runs `go` in a folder and resolves to its output. */
export function go(
  context: SetupContext,
  folder: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<string> {
  const env = { ...goEnvironment, ...more };
  return succeed(context, { command: findGo(context), args, cwd: folder, env });
}

/** Returns the folder of a Go module's files. go knows it only after the download. */
export async function moduleFolder(
  context: SetupContext,
  staged: string,
  module: string,
): Promise<string> {
  return JSON.parse(await go(context, staged, ["mod", "download", "-json", module])).Dir;
}

/**
 * Copies a pinned module to a folder where it may be changed: builds add files beside it, and
 * `-mod=mod` lets go rewrite go.mod. Each call makes its own copy, because two programs of one
 * module may be built at the same time.
 *
 * @param also further folders under toolchain/go whose files belong to it
 * @returns the copy
 */
export function stageModule(
  context: SetupContext,
  module: string,
  also: readonly string[] = [],
): string {
  const { build, goModules } = context.places;
  mkdirSync(build, { recursive: true });
  const staged = mkdtempSync(join(build, `${module.replaceAll(sep, "-")}-`));
  for (const source of [module, ...also]) {
    copyFiles(join(goModules, source), staged);
  }
  return staged;
}

function copyFiles(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isFile()) {
      copyFileSync(join(from, entry.name), join(to, entry.name));
    }
  }
}

/** Builds a program and installs it atomically. */
export async function buildBinary(context: SetupContext, binary: GoBinary): Promise<void> {
  const written = unfinishedName(binary.output);
  await buildTo(context, stageModule(context, binary.module), binary, written);
  finishFile(written, binary.output);
}

/** Builds a program in a staged module, without symbols, as in releases. */
export async function buildTo(
  context: SetupContext,
  staged: string,
  binary: Pick<GoBinary, "package" | "variables" | "static">,
  output: string,
): Promise<void> {
  const variables = Object.entries(binary.variables ?? {}).map(
    ([name, value]) => `-X ${name}=${value}`,
  );
  const ldflags = ["-s", "-w", ...variables].join(" ");
  const env = binary.static === true ? { CGO_ENABLED: "0" } : {};
  await go(context, staged, ["build", "-ldflags", ldflags, "-o", output, binary.package], env);
  if (!existsSync(output)) {
    throw new Error(`go build ended well but left no ${output}`);
  }
}
