import type { Decision } from "./decision";

/** The clock, passed in so that tests do not wait. */
export interface Clock {
  /** In milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export interface WaitOptions {
  readonly clock: Clock;
  readonly timeoutSeconds: number;
  /** @default 1 */
  readonly pollSeconds?: number;
  /** Called once for each new reason to wait. */
  readonly progress?: (reason: string) => void;
  /** Returns more about the last reason for the error, such as log lines. */
  readonly explain?: (decision: Extract<Decision, { kind: "wait" }>) => Promise<string>;
}

/**
 * Repeats a check until it succeeds.
 *
 * @throws Error with the fix, at once, if the state cannot become right by itself; with the last
 * reason to wait, after the timeout
 */
export async function waitUntilOk(
  look: () => Promise<Decision>,
  options: WaitOptions,
): Promise<void> {
  const { clock, timeoutSeconds, pollSeconds = 1, progress, explain } = options;
  const deadline = clock.now() + timeoutSeconds * 1000;
  let told = "";
  for (;;) {
    const decision = await look();
    if (decision.kind === "ok") {
      return;
    }
    if (decision.kind === "fail") {
      throw new Error(`${decision.reason}; fix: ${decision.fix}`);
    }
    if (clock.now() >= deadline) {
      const more = (await explain?.(decision)) ?? "";
      throw new Error(`still not ready after ${timeoutSeconds} s: ${decision.reason}${more}`);
    }
    if (decision.reason !== told) {
      told = decision.reason;
      progress?.(told);
    }
    await clock.sleep(pollSeconds * 1000);
  }
}
