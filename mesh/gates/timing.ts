import type { MeasuringGate } from "../model/gateInputs";
import type { Timing } from "./decide";

/** Seconds that rates look back, unless the gate says otherwise. */
export const DEFAULT_WINDOW_SECONDS = 60;

type Defaults = Omit<Timing, "noData">;

/** The defaults of gates that run something of the user's: once, and it has to be good. */
const ONCE: Defaults = { interval: 30, count: 1, warmUp: 0, limit: 0, timeout: 600 };

/**
 * The defaults by kind. The limit of `mesh` is two minutes of measurements, because pods start and
 * proxies fetch their configuration right after an update. Rates need a warm-up as long as they look back.
 */
export const TIMING_DEFAULTS: Readonly<Record<MeasuringGate["kind"], Defaults>> = {
  mesh: { interval: 10, count: 3, warmUp: 0, limit: 12, timeout: 600 },
  prometheus: { interval: 30, count: 3, warmUp: DEFAULT_WINDOW_SECONDS, limit: 1, timeout: 600 },
  command: ONCE,
  webhook: ONCE,
};

/**
 * Returns the timing of a gate with all defaults.
 *
 * @example timingOf({ kind: "command", command: ["true"] }).count // 1
 */
export function timingOf(gate: MeasuringGate): Timing {
  const defaults = TIMING_DEFAULTS[gate.kind];
  const { interval, count, warmUp, limit, timeout } = gate;
  const [window, noData] =
    gate.kind === "prometheus" ? [gate.window, gate.noData] : [undefined, undefined];
  return {
    interval: interval ?? defaults.interval,
    count: count ?? defaults.count,
    warmUp: warmUp ?? window ?? defaults.warmUp,
    limit: limit ?? defaults.limit,
    timeout: timeout ?? defaults.timeout,
    noData: noData ?? "wait",
  };
}
