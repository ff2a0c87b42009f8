import { SetupInterrupted } from "./errors";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs work whose AbortSignal is aborted when the process gets a signal to end, or when the
 * caller's signal is aborted. The caller decides what the process does then.
 */
export async function abortedByInterrupt<T>(
  outer: AbortSignal | undefined,
  work: (controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) =>
    controller.abort(new SetupInterrupted(`set-up was ended by ${name}`));
  const onAbort = () => controller.abort(new SetupInterrupted("set-up was ended by its caller"));
  if (outer?.aborted === true) {
    onAbort();
  }
  outer?.addEventListener("abort", onAbort, { once: true });
  for (const name of signals) {
    process.on(name, onSignal);
  }
  try {
    return await work(controller);
  } finally {
    outer?.removeEventListener("abort", onAbort);
    for (const name of signals) {
      process.removeListener(name, onSignal);
    }
  }
}
