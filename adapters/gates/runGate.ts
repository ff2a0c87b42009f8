import { setTimeout as delay } from "node:timers/promises";
import {
  decideGate,
  type GateDecision,
  type GateVerdict,
  type Measurement,
  type TimedMeasurement,
  type Timing,
} from "../../mesh/gates/decide";

/** What running a gate needs from its environment. */
export interface GateRun {
  readonly measure: () => Promise<Measurement>;
  /** When the stage's update ended, in milliseconds since 1970. */
  readonly begun: number;
  /** Called after each measurement, with what follows from it. */
  readonly told: (measurement: TimedMeasurement, decision: GateDecision) => void;
  readonly signal: AbortSignal;
  /** @default the system's clock */
  readonly now?: () => number;
}

/**
 * Measures until the gate is decided.
 *
 * @throws the signal's reason if it is stopped
 */
export async function runGate(timing: Timing, run: GateRun): Promise<GateVerdict> {
  const { measure, begun, told, signal, now = Date.now } = run;
  const measurements: TimedMeasurement[] = [];
  for (;;) {
    const decision = decideGate(timing, measurements, begun, now());
    if (decision.kind !== "measure") {
      return decision;
    }
    await delay(Math.max(0, decision.at - now()), undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
    const measurement = { ...(await measure()), at: now() };
    signal.throwIfAborted();
    measurements.push(measurement);
    told(measurement, decideGate(timing, measurements, begun, now()));
  }
}
