#!/usr/bin/env node
import { meshProgram } from "./program";
import { EXIT_FAILED, report } from "./report";

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
    process.exitCode = EXIT_FAILED;
  }
}

void main();
