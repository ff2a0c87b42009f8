import { scaleLinear, scaleUtc } from "d3-scale";
import type { RunSummary } from "./model";
import { activeSpans, lengthOf, type Span } from "./spans";

/** Time on an axis from 0 to 100. Long times in which nothing ran are narrow. */
export interface TimeAxis {
  readonly spans: readonly Span[];
  /** Returns where a moment is, from 0 to 100. */
  at(moment: number): number;
  readonly ticks: readonly { readonly at: number; readonly moment: number }[];
  /** The times that are left out. */
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly ms: number }[];
}

/** How wide what is left out is, of 100. */
const GAP_WIDTH = 4;

const TICKS = 6;

/** Ticks that are closer would overlap. */
const LEAST_DISTANCE = 9;

function far<T extends { readonly at: number }>(items: readonly T[]): T[] {
  const kept: T[] = [];
  for (const item of items) {
    const last = kept.at(-1);
    if (last === undefined || item.at - last.at >= LEAST_DISTANCE) {
      kept.push(item);
    }
  }
  return kept;
}

/** Returns the axis of all plots of a report. */
export function timeAxis(runs: readonly RunSummary[]): TimeAxis {
  const spans = activeSpans(runs);
  const active = Math.max(
    1,
    spans.reduce((sum, span) => sum + lengthOf(span), 0),
  );
  const room = 100 - GAP_WIDTH * Math.max(0, spans.length - 1);
  const [domain, range]: [number[], number[]] = [[], []];
  let place = 0;
  for (const span of spans) {
    domain.push(span.from, span.to);
    range.push(place, place + (room * lengthOf(span)) / active);
    place = (range.at(-1) ?? 0) + GAP_WIDTH;
  }
  const scale = scaleLinear(domain, range).clamp(true);
  const ticks = spans.flatMap((span) => {
    const count = Math.max(1, Math.round((TICKS * lengthOf(span)) / active));
    const all = scaleUtc([span.from, span.to], [0, 1]).ticks(count);
    return all.map((date) => ({ at: scale(date.getTime()), moment: date.getTime() }));
  });
  const gaps = spans.slice(1).map((span, index) => {
    const before = spans[index] as Span;
    return { from: scale(before.to), to: scale(span.from), ms: span.from - before.to };
  });
  const isFree = ({ at }: { at: number }) =>
    gaps.every(({ from, to }) => Math.abs(at - (from + to) / 2) >= LEAST_DISTANCE / 2);
  return { spans, at: (moment) => scale(moment), ticks: far(ticks.filter(isFree)), gaps };
}
