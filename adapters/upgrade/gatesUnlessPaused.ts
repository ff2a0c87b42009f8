import { setTimeout as delay } from "node:timers/promises";
import type { StageVerdict } from "./gatesOfStage";

/** How a pause that a person asks for elsewhere is noticed. */
export interface PauseWatch {
  /** Returns when a pause was asked for; `undefined` if it was not. */
  readonly asked: () => Promise<string | undefined>;
  /** Milliseconds between two looks while gates measure. */
  readonly every: number;
}

/** Looks until a pause is asked for, or the signal ends it. */
async function noticed(
  { asked, every }: PauseWatch,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    await delay(every, undefined, { signal, ref: false }).catch(() => {});
    const since = signal.aborted ? undefined : await asked();
    if (since !== undefined) {
      return since;
    }
  }
  return undefined;
}

/**
 * Runs the gates of a stage, and ends them when a pause is asked for meanwhile.
 *
 * @param run runs the gates until they are decided, or the signal stops them
 * @throws the signal's reason if it is stopped
 */
export async function gatesUnlessPaused(
  run: (signal: AbortSignal) => Promise<StageVerdict>,
  watch: PauseWatch,
  signal: AbortSignal,
): Promise<StageVerdict> {
  const [pausing, decided] = [new AbortController(), new AbortController()];
  const looking = noticed(watch, AbortSignal.any([signal, decided.signal])).then((since) => {
    if (since !== undefined && !decided.signal.aborted) {
      pausing.abort(since);
    }
  });
  try {
    return await run(AbortSignal.any([signal, pausing.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (pausing.signal.aborted) {
      return { kind: "paused", since: String(pausing.signal.reason) };
    }
    throw error;
  } finally {
    decided.abort();
    await looking;
  }
}
