import { SetupInterrupted } from "./errors";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Does some work that ends early, by its AbortSignal, when the process is told to end or the
 * caller's signal is aborted. What the process does then is the caller's choice.
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
