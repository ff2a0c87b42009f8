/** Receives messages while charts are fetched. */
export interface ChartNews {
  /** A source other than the first one is used, with the reason. */
  warn(text: string): void;
  /** A download begins or has ended. */
  info(text: string): void;
  /** The progress of a download. The next text replaces this one. */
  progress(text: string): void;
}

/** Ignores all messages. */
export const NO_NEWS: ChartNews = {
  warn: () => undefined,
  info: () => undefined,
  progress: () => undefined,
};

/** Passes each text on only once. */
export function eachOnce({ warn, info, progress }: ChartNews): ChartNews {
  const said = new Set<string>();
  const once = (say: (text: string) => void) => (text: string) => {
    if (!said.has(text)) {
      said.add(text);
      say(text);
    }
  };
  return { warn: once(warn), info: once(info), progress };
}
