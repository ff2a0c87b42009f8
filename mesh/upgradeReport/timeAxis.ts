import { scaleLinear, scaleUtc } from "d3-scale";
import type { RunSummary } from "./model";

/** A time in which something ran, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Time on an axis from 0 to 100. Long times in which nothing ran are narrow. */
export interface TimeAxis {
  readonly spans: readonly Span[];
  /** Returns where a moment is, from 0 to 100. */
  at(moment: number): number;
  readonly ticks: readonly { readonly at: number; readonly moment: number }[];
  /** The times that are left out. */
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly ms: number }[];
}

/** Shorter pauses are shown in full. */
const LEAST_GAP_MS = 60_000;

/** A pause is left out if it is longer than this part of the time in which something ran. */
const GAP_SHARE = 0.2;

/** How wide what is left out is, of 100. */
const GAP_WIDTH = 4;

/** Of the time in which something ran: what is shown of the time before. */
const LEAD_SHARE = 0.06;
const LEAST_LEAD_MS = 5_000;

const TICKS = 6;

/** Ticks that are closer would overlap. */
const LEAST_DISTANCE = 9;

const lengthOf = ({ from, to }: Span) => to - from;

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
