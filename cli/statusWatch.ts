import { setTimeout as delay } from "node:timers/promises";

/** The output of a watch. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What a watch needs from its environment. */
export interface WatchOptions {
  /** Seconds between the end of one update and the next. */
  readonly seconds: number;
  readonly screen: Screen;
  /** Ends the watch, even during an update. */
  readonly signal: AbortSignal;
}

const HOME = "\u001b[H";
const TO_LINE_END = "\u001b[K";
const TO_SCREEN_END = "\u001b[J";

/** Overwrites the previous output line by line, so that nothing flickers. */
export function redrawn(text: string): string {
  return `${HOME}${text.replaceAll("\n", `${TO_LINE_END}\n`)}${TO_SCREEN_END}`;
}

/** Resolves to `undefined` if the signal comes first. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  return Promise.race([work, stopped]);
}

/**
 * Shows a text repeatedly until it is stopped. A terminal is redrawn in place. Otherwise each text
 * is appended.
 *
 * @param look returns the text; if it fails, the text must say so
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
