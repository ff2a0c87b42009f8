import { type Phase, totals } from "./load";

/** One way to move a gateway, and what its clients saw. */
export interface Outcome {
  readonly title: string;
  /** Full moves from one revision to the other. */
  readonly moves: number;
  readonly phases: readonly Phase[];
}

/** The phase between the steps, which the others are compared with. */
export const STEADY = "steady";

const COLUMNS = [
  "",
  "requests",
  "failed",
  "p50 ms",
  "p99 ms",
  "p99.9 ms",
  "max ms",
  "p99 / steady",
];

function milliseconds(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function row(phase: Phase, steady: number): string[] {
  const { name, quick } = phase;
  const { requests, failed } = totals([phase]);
  const times = [quick.p50, quick.p99, quick.p999, quick.max].map(milliseconds);
  const ratio = name === STEADY ? "" : `${(quick.p99 / steady).toFixed(1)}x`;
  return [`  ${name}`, String(requests), String(failed), ...times, ratio];
}

function rows({ title, moves, phases }: Outcome): string[][] {
  const { requests, failed } = totals(phases);
  const long = phases.map(({ shapes }) => shapes.long);
  const longFailed = long.reduce((sum, figures) => sum + (figures?.failed ?? 0), 0);
  const longAll = long.reduce((sum, figures) => sum + (figures?.requests ?? 0), 0);
  const head = `${title}: ${moves} moves`;
  const steady = phases.find(({ name }) => name === STEADY)?.quick.p99 ?? 0;
  return [
    [head, String(requests), String(failed), "", "", "", "", ""],
    ["  of these 5 - 20 s long", String(longAll), String(longFailed), "", "", "", "", ""],
    ...phases.map((phase) => row(phase, steady)),
  ];
}

/** What was measured, as text. Times are those of the quick requests. */
export function outcomeTable(outcomes: readonly Outcome[]): string {
  const all = [COLUMNS, ...outcomes.flatMap(rows)];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...all.map((cells) => cells[column]?.length ?? 0)),
  );
  return all
    .map((cells) =>
      cells
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
