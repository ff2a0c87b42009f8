import { setTimeout as delay } from "node:timers/promises";

const PAUSE_MS = 20;
const POLL_MS = 100;

/** Waits while nothing else goes on, as where a process ends. */
export function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

/** Tries again, while nothing else goes on, what fails at first. */
export function retry(attempt: () => void, timeoutMs: number): void {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      attempt();
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      pause();
    }
  }
}

/**
 * Waits until something is so.
 *
 * @param whyNot what the error says when it does not get so in time
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  timeoutMs: number,
  whyNot: () => string,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) {
      throw new Error(`not within ${timeoutMs / 1000} s: ${whyNot()}`);
    }
    await delay(POLL_MS);
  }
}

/** Waits until something is found; see {@link until}. */
export async function untilFound<T>(
  look: () => T | undefined | Promise<T | undefined>,
  timeoutMs: number,
  whyNot: () => string,
): Promise<T> {
  let found: T | undefined;
  const isFound = async () => {
    found = await look();
    return found !== undefined;
  };
  await until(isFound, timeoutMs, whyNot);
  return found as T;
}

/** Waits until a list is empty; otherwise names what is left. */
export async function untilNone(
  list: () => Promise<readonly string[]>,
  timeoutMs: number,
): Promise<void> {
  let left: readonly string[] = [];
  await until(
    async () => {
      left = await list();
      return left.length === 0;
    },
    timeoutMs,
    () => `there is still ${left.join(", ")}`,
  );
}
