import { scaleLinear } from "d3-scale";
import { curveMonotoneX, line as linePath } from "d3-shape";
import type { ReportStep } from "../upgradeReport/model";
import type { TimeAxis } from "../upgradeReport/timeAxis";
import type { TrafficMetric, TrafficPoint, TrafficSeries } from "../upgradeReport/traffic";
import { timeText } from "../upgradeReport/words";
import { type Html, html, percent } from "./html";

/** Inner size of a plot. The page stretches it to its own width. */
const WIDTH = 1000;
const HEIGHT = 150;

interface MetricText {
  readonly title: string;
  readonly unit: string;
  /** The axis is at least so high. */
  readonly least: number;
}

const METRICS: Readonly<Record<TrafficMetric, MetricText>> = {
  requests: { title: "Requests", unit: "per second", least: 1 },
  errors: { title: "Errors (5xx)", unit: "% of requests", least: 1 },
  p99: { title: "Latency, p99", unit: "ms", least: 10 },
};

/** A mark is left out if the one before it is closer, in percent of the width. */
const MARK_DISTANCE = 3.2;

/**
 * Returns the class that gives a line its colour.
 *
 * @param lines the names of all lines of the group
 */
export function lineClass(lines: readonly string[], { line, isNew }: TrafficSeries): string {
  return isNew ? "new" : `other other-${lines.indexOf(line) % 6}`;
}

/** @example shortNumber(12345) // "12,345" */
export function shortNumber(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return new Intl.NumberFormat("en", { maximumFractionDigits: digits }).format(value);
}

type Scale = (value: number) => number;

function bands(steps: readonly ReportStep[], axis: TimeAxis): Html[] {
  return steps.map(({ began, updated, ended, isBack }) => {
    const [from, to] = [axis.at(began) * 10, axis.at(updated ?? ended) * 10];
    return html`<rect class="band${isBack ? " back" : ""}" x="${from.toFixed(1)}" y="0" width="${Math.max(1.5, to - from).toFixed(1)}" height="${HEIGHT}"/>`;
  });
}

function hiddenTimes({ gaps }: TimeAxis): Html[] {
  return gaps.map(
    ({ from, to }) =>
      html`<rect class="gap" x="${from * 10}" y="0" width="${(to - from) * 10}" height="${HEIGHT}"/>`,
  );
}

function curves(
  series: readonly TrafficSeries[],
  lines: readonly string[],
  axis: TimeAxis,
  y: Scale,
): Html[] {
  const path = linePath<TrafficPoint>()
    .defined(([, value]) => value !== null)
    .x(([at]) => axis.at(at) * 10)
    .y(([, value]) => y(value ?? 0))
    .curve(curveMonotoneX)
    .digits(1);
  return series.map(
    (one) => html`<path class="line ${lineClass(lines, one)}" d="${path([...one.points]) ?? ""}"/>`,
  );
}

/** At most so many places can be pointed at. */
const PLACES = 160;

/** Places that say their values when one points at them. No script is needed for that. */
function places(series: readonly TrafficSeries[], axis: TimeAxis, unit: string): Html[] {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort(
    (a, b) => a - b,
  );
  const every = Math.max(1, Math.ceil(times.length / PLACES));
  const shown = times.filter((_, index) => index % every === 0);
  const values = series.map(({ line, points }) => ({ line, at: new Map(points) }));
  return shown.map((at, index) => {
    const [x, next] = [axis.at(at) * 10, axis.at(shown[index + 1] ?? at) * 10];
    const said = values
      .flatMap(({ line, at: known }) => {
        const value = known.get(at);
        return value === undefined || value === null
          ? []
          : [`${line}: ${shortNumber(value)} ${unit}`];
      })
      .join("\n");
    return html`<rect class="place" x="${x.toFixed(1)}" y="0" width="${Math.max(2, next - x).toFixed(1)}" height="${HEIGHT}"><title>${timeText(at)} UTC
${said}</title></rect>`;
  });
}

/** The numbers of the steps above a plot, as far as there is room. */
export function stepMarks(steps: readonly ReportStep[], axis: TimeAxis): Html[] {
  let last = -MARK_DISTANCE;
  return steps.flatMap(({ number, began, isBack, stage }) => {
    const place = axis.at(began);
    if (place - last < MARK_DISTANCE) {
      return [];
    }
    last = place;
    return [
      html`<span class="mark${isBack ? " back" : ""}" style="left:${percent(place)}" title="${stage}">${number}</span>`,
    ];
  });
}

/** The labels of the time axis. */
export function timeLabels({ ticks, gaps }: TimeAxis): Html[] {
  const hasSeconds = ticks.some(({ moment }) => moment % 60_000 !== 0);
  return [
    ...ticks.map(
      ({ at, moment }, index) =>
        html`<span class="tick${index % 2 === 1 ? " minor" : ""}" style="left:${percent(at)}">${timeText(moment).slice(0, hasSeconds ? 8 : 5)}</span>`,
    ),
    ...gaps.map(
      ({ from, to }) =>
        html`<span class="tick hole" style="left:${percent((from + to) / 2)}">⋯</span>`,
    ),
  ];
}

/**
 * Returns one plot: the values of all lines of a metric over time.
 *
 * @param lines the names of all lines of the group
 */
export function plot(
  metric: TrafficMetric,
  series: readonly TrafficSeries[],
  lines: readonly string[],
  steps: readonly ReportStep[],
  axis: TimeAxis,
): Html {
  const { title, unit, least } = METRICS[metric];
  const values = series.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
  const scale = scaleLinear([0, Math.max(least, ...values)], [HEIGHT, 8]).nice(4);
  const ticks = scale.ticks(4);
  return html`<figure class="plot">
<figcaption>${title} <span class="unit">${unit}</span></figcaption>
<div class="frame">
<div class="y-labels">${ticks.map((tick) => html`<span style="top:${percent((scale(tick) / HEIGHT) * 100)}">${shortNumber(tick)}</span>`)}</div>
<div class="area">
<div class="marks">${stepMarks(steps, axis)}</div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${title}, ${unit}, over time">
${hiddenTimes(axis)}${bands(steps, axis)}
${ticks.map((tick) => html`<line class="grid" x1="0" x2="${WIDTH}" y1="${scale(tick)}" y2="${scale(tick)}"/>`)}
${curves(series, lines, axis, scale)}
${places(series, axis, unit)}
</svg>
<div class="x-labels">${timeLabels(axis)}</div>
</div></div></figure>`;
}
