import type { EngineSignals } from "../adapters/pulumi/engine";

/**
 * Returns the signals of Ctrl-C and SIGTERM. The first one ends the gates and has a running update end
 * as Pulumi does: the steps under way end, and no other begins. On a terminal, Pulumi hears Ctrl-C
 * itself, also the second one, which ends it at once.
 *
 * @param say tells people that the first one is heard
 */
export function upgradeSignals(
  say: (text: string) => void,
): EngineSignals & { readonly off: () => void } {
  const [stop, interrupt] = [new AbortController(), new AbortController()];
  const onSignal = (name: NodeJS.Signals) => {
    const isHeard = name === "SIGINT" && process.stdin.isTTY === true;
    if (!stop.signal.aborted) {
      say("stopping; a running update ends first");
      stop.abort(new Error("interrupted"));
    }
    if (!isHeard) {
      interrupt.abort();
    }
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    stopped: stop.signal,
    interrupt: interrupt.signal,
    off: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
  };
}
