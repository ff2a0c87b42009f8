import { type Comparison, median, type Run } from "./measure";

const WIDTHS = [8, 8, 7, 8, 18];
const TITLE = 60;

function line(title: string, cells: readonly string[]): string {
  return [title.padEnd(TITLE), ...cells.map((cell, index) => cell.padStart(WIDTHS[index] ?? 0))]
    .join(" ")
    .trimEnd();
}

export function header(): string {
  return line("", ["ours", "peer", "ratio", "goal", "peak memory"]);
}

function seconds(runs: readonly Run[]): string {
  return `${median(runs.map((run) => run.seconds)).toFixed(2)} s`;
}

function memory(runs: readonly Run[]): string {
  return Math.max(...runs.map(({ peakMib }) => peakMib)).toFixed(0);
}

/** Formats one comparison with its goal, the largest acceptable ratio. */
export function row(title: string, { ours, peer, ratio }: Comparison, goal: number): string {
  return line(title, [
    seconds(ours),
    seconds(peer),
    `${ratio.toFixed(2)}x`,
    `<= ${goal}x`,
    `${memory(ours)} / ${memory(peer)} MiB${ratio <= goal ? "" : "  OVER"}`,
  ]);
}
