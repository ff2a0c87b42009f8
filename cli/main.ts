#!/usr/bin/env node
import { Command } from "commander";
import { InvalidInput } from "../mesh/problem";
import { manifestCommand } from "./manifest";

/** Input that is not valid, as every Unix tool tells it from success. */
const EXIT_INVALID = 1;

function packageVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return (require(path) as { version: string }).version;
    } catch {
      // One of the two is right: from the sources, or from the build.
    }
  }
  return "unknown";
}

function buildProgram(): Command {
  return new Command("mesh")
    .description("Istio and Cloud Service Mesh from overlays and typed inputs")
    .version(packageVersion())
    .showHelpAfterError("(mesh --help shows what there is)")
    .addCommand(manifestCommand());
}

function report(error: unknown): void {
  if (error instanceof InvalidInput) {
    const count = error.problems.length;
    process.stderr.write(`${count} ${count === 1 ? "problem" : "problems"}; nothing was written\n`);
  }
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    report(error);
    process.exitCode = EXIT_INVALID;
  }
}

void main();
