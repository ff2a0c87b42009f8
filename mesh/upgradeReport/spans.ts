import type { RunSummary } from "./model";

/** A time in which something ran, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Shorter pauses are shown in full. */
const LEAST_GAP_MS = 60_000;

/** A pause is left out if it is longer than this part of the time in which something ran. */
const GAP_SHARE = 0.2;

/** Of the time in which something ran: what is shown of the time before. */
const LEAD_SHARE = 0.06;
const LEAST_LEAD_MS = 5_000;

/** Returns how long a span is, in milliseconds. */
export function lengthOf({ from, to }: Span): number {
  return to - from;
}

function merged(spans: readonly Span[], gap: number): Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last !== undefined && span.from - last.to <= gap) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else {
      result.push(span);
    }
  }
  return result;
}

/** Returns the times in which runs went on, with a little of the time before the first one. */
export function activeSpans(runs: readonly RunSummary[]): Span[] {
  const own = runs.map(({ began, ended }) => ({ from: began, to: ended }));
  const active = own.reduce((sum, span) => sum + lengthOf(span), 0);
  const lead = Math.max(LEAST_LEAD_MS, active * LEAD_SHARE);
  const spans = merged(own, Math.max(LEAST_GAP_MS, active * GAP_SHARE));
  return spans.map((span, index) => (index === 0 ? { ...span, from: span.from - lead } : span));
}
