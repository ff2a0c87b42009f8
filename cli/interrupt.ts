const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Exit code of a command that was interrupted, as shells have it. */
const EXIT_INTERRUPTED = 130;

/**
 * Runs what starts other programs; Ctrl-C and SIGTERM end those first.
 *
 * @throws when it was interrupted
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
