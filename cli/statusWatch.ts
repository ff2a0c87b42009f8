import { setTimeout as delay } from "node:timers/promises";

/** What a watch writes to. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What a watch needs of the world. */
export interface WatchOptions {
  /** Seconds between the end of one look and the next. */
  readonly seconds: number;
  readonly screen: Screen;
  /** Ends the watch, also in the middle of a look. */
  readonly signal: AbortSignal;
}

const HOME = "\u001b[H";
const TO_LINE_END = "\u001b[K";
const TO_SCREEN_END = "\u001b[J";

/** Writes over what is there, line by line, so that nothing flickers. */
export function redrawn(text: string): string {
  return `${HOME}${text.replaceAll("\n", `${TO_LINE_END}\n`)}${TO_SCREEN_END}`;
}

/** Resolves to `undefined` when the signal comes first. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  return Promise.race([work, stopped]);
}

/**
 * Shows something again and again until it is stopped. On a terminal it is redrawn in place; anywhere
 * else each look is appended.
 *
 * @param look what is shown; a look that fails has to say so in its text
 */
export async function watch(look: () => Promise<string>, options: WatchOptions): Promise<void> {
  const { seconds, screen, signal } = options;
  while (!signal.aborted) {
    const text = await unlessStopped(look(), signal);
    if (text === undefined) {
      return;
    }
    screen.write(screen.isTTY ? redrawn(text) : text);
    await delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}
