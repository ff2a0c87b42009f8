import { type EndResult, eventText, type Happening, UPGRADE_EXITS } from "../runner/events";

/** What an upgrade of several stacks says beside what each stack says. */
export type WavesHappening =
  | {
      readonly event: "wave";
      readonly wave: string;
      readonly stacks: readonly string[];
      readonly atOnce: number;
    }
  | {
      readonly event: "soak";
      readonly wave: string;
      /** In ISO 8601. */
      readonly until: string;
    }
  | {
      readonly event: "stackEnd";
      readonly wave: string;
      readonly stack: string;
      readonly result: StackResult;
    }
  | {
      readonly event: "wavesEnd";
      readonly result: StackResult;
      readonly because: string;
      /** What to do next. Absent after `done`. */
      readonly next?: string;
    };

/** How the upgrade of a stack ended: `refused` if it could not begin or go on. */
export type StackResult = EndResult | "refused";

/** @example resultOfCode(4) // "rolledBack" */
export function resultOfCode(code: number): StackResult {
  const results = Object.keys(UPGRADE_EXITS) as EndResult[];
  return results.find((result) => UPGRADE_EXITS[result] === code) ?? "refused";
}

/** The worst first: what a person should look at before all else. */
const BY_WEIGHT: readonly StackResult[] = [
  "failed",
  "rolledBack",
  "refused",
  "interrupted",
  "waits",
];

/** Returns the result of a wave, which is the worst of its stacks'. */
export function worstResult(results: readonly StackResult[]): StackResult {
  return BY_WEIGHT.find((result) => results.includes(result)) ?? "done";
}

const WORDS: Readonly<Record<StackResult, string>> = {
  done: "is done",
  reached: "stopped as asked",
  waits: "waits for a person",
  rolledBack: "was rolled back",
  failed: "has failed; what served before still serves",
  interrupted: "was interrupted",
  refused: "could not begin or go on",
};

/** @example resultWords("waits") // "waits for a person" */
export function resultWords(result: StackResult): string {
  return WORDS[result];
}

/** Returns the lines with which people read an event. */
export function wavesText(event: WavesHappening): string {
  switch (event.event) {
    case "wave": {
      const pace = event.atOnce === 1 ? "one after the other" : `${event.atOnce} at the same time`;
      const how = event.stacks.length === 1 ? "" : `, ${pace}`;
      return `${event.wave}: ${event.stacks.join(", ")}${how}`;
    }
    case "soak":
      return `${event.wave} is done; the next wave begins at ${event.until}, if nobody stops this`;
    case "stackEnd":
      return `${event.stack} ${WORDS[event.result]}`;
    case "wavesEnd": {
      const next = event.next === undefined ? "" : `\nNext: ${event.next}`;
      return `${event.because}${next}`;
    }
  }
}

/** Returns the lines of a stack's event, each with the stack before it. */
export function stackText(stack: string, event: Happening): string {
  return `[${stack}] ${eventText(event).replaceAll("\n", `\n[${stack}] `)}`;
}
