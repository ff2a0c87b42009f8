const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The exit code of an interrupted command, as in shells. */
const EXIT_INTERRUPTED = 130;

/**
 * Runs work that starts other programs. Ctrl-C and SIGTERM end those programs first.
 *
 * @throws Error if the work was interrupted
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error("interrupted; run it again to go on"));
  for (const name of SIGNALS) {
    process.once(name, stop);
  }
  try {
    return await run(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) {
      process.stderr.write(`${(controller.signal.reason as Error).message}\n`);
      process.exit(EXIT_INTERRUPTED);
    }
    throw error;
  } finally {
    for (const name of SIGNALS) {
      process.off(name, stop);
    }
  }
}
