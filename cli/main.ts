#!/usr/bin/env node
import { meshProgram } from "./program";
import { exitCodeOf, report } from "./report";

/** `mesh … | head` closes the pipe before everything is written. */
function endWithThePipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
      throw error;
    }
    process.exit();
  });
}

async function main(): Promise<void> {
  endWithThePipe();
  try {
    await meshProgram().parseAsync();
  } catch (error) {
    report(error);
    process.exitCode = exitCodeOf(error);
  }
}

void main();
