/** Who is told what happens while charts are fetched. */
export interface ChartNews {
  /** Another source than the first one serves, and why. */
  warn(text: string): void;
  /** A download begins or has ended. */
  info(text: string): void;
  /** How far a download is; the next text takes the place of this one. */
  progress(text: string): void;
}

/** Nobody is told. */
export const NO_NEWS: ChartNews = {
  warn: () => undefined,
  info: () => undefined,
  progress: () => undefined,
};

/** The same news, but each text once. */
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
