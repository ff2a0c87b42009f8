import type { GateVerdict, Measurement } from "../gates/decide";

/** How a run of the runner ended. */
export type EndResult =
  /** The upgrade is finished. */
  | "done"
  /** `--until` is reached. */
  | "reached"
  /** A person has to go on: a pause, a gate that could not be decided, or one that stops. */
  | "waits"
  /** A gate has failed, and the gateways are back where they were. */
  | "rolledBack"
  /** An update has failed. The control planes and gateways serve as before. */
  | "failed"
  /** Ctrl-C. */
  | "interrupted";

/** The exit codes of commands that go through stages. */
export const UPGRADE_EXITS: Readonly<Record<EndResult, number>> = {
  done: 0,
  reached: 0,
  waits: 3,
  rolledBack: 4,
  failed: 5,
  interrupted: 130,
};

/** What the runner says, as it happens. */
export type Happening =
  | { readonly event: "stage"; readonly stage: string; readonly line: string }
  | {
      readonly event: "preview" | "update";
      readonly stage: string;
      /** Number of resources by operation of Pulumi. */
      readonly changes: Readonly<Record<string, number>>;
      /** Of a preview: its sentences. */
      readonly says?: readonly string[];
    }
  | ({
      readonly event: "measurement";
      readonly stage: string;
      readonly gate: string;
      /** @example "2 of 3 good" */
      readonly progress: string;
    } & Measurement)
  | {
      readonly event: "gate";
      readonly stage: string;
      readonly gate: string;
      readonly verdict: GateVerdict["kind"];
      readonly saw: string;
    }
  | {
      readonly event: "rollback";
      readonly stage: string;
      /** The stage to which the gateways go back. */
      readonly to: string;
      readonly because: string;
    }
  | {
      readonly event: "note";
      readonly text: string;
    }
  | {
      readonly event: "end";
      readonly result: EndResult;
      readonly stage: string;
      readonly because: string;
      /** What to do next. Absent after `done`. */
      readonly next?: string;
    };

/** A line of `-o json`. */
export type UpgradeEvent = Happening & {
  /** In ISO 8601. */
  readonly time: string;
  readonly stack: string;
};

/** @example changesText({ create: 2, update: 1 }) // "2 create, 1 update" */
export function changesText(changes: Readonly<Record<string, number>>): string {
  const texts = Object.entries(changes).map(([op, count]) => `${count} ${op}`);
  return texts.length === 0 ? "nothing changes" : texts.join(", ");
}

const VERDICTS: Readonly<Record<GateVerdict["kind"], string>> = {
  passed: "passed",
  failed: "FAILED",
  undecided: "could not be decided",
};

const OUTCOMES: Readonly<Record<Measurement["outcome"], string>> = {
  good: "good",
  bad: "BAD",
  noData: "without data",
  unreachable: "not measured",
  impossible: "cannot be measured",
};

const RESULTS: Readonly<Record<EndResult, string>> = {
  done: "Done",
  reached: "Stopped as asked",
  waits: "Waits for a person",
  rolledBack: "Rolled back",
  failed: "Failed; what served before still serves",
  interrupted: "Interrupted",
};

const indented = (text: string, by: string) => `${by}${text.replaceAll("\n", `\n${by}`)}`;

/** Returns the lines with which people read an event. */
export function eventText(event: Happening): string {
  switch (event.event) {
    case "stage":
      return event.line;
    case "preview":
      return [
        `  preview: ${changesText(event.changes)}`,
        ...(event.says ?? []).map((text) => indented(text, "    ")),
      ].join("\n");
    case "update":
      return `  update: ${changesText(event.changes)}`;
    case "measurement":
      return indented(
        `gate "${event.gate}" ${OUTCOMES[event.outcome]}: ${event.saw} (${event.progress})`,
        "    ",
      );
    case "gate":
      return indented(`gate "${event.gate}" ${VERDICTS[event.verdict]}: ${event.saw}`, "  ");
    case "rollback":
      return `  back to ${event.to}: ${event.because}`;
    case "note":
      return indented(event.text, "  ");
    case "end": {
      const next = event.next === undefined ? "" : `\nNext: ${event.next}`;
      return `${RESULTS[event.result]}, in stage ${event.stage}: ${event.because}${next}`;
    }
  }
}
