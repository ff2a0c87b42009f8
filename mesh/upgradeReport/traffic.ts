import {
  gatewayMatchers,
  type Matchers,
  p99,
  requestRate,
  successRate,
} from "../gates/istioQueries";
import type { RangeSeries } from "../gates/prometheusAnswer";
import { DEFAULT_WINDOW_SECONDS } from "../gates/timing";
import { deploymentName } from "../gateway/plan";
import { gatewayTitle, revisionTitle } from "../model/facts";
import type { GatePolicy } from "../model/gateInputs";
import type { UpgradePlan } from "../upgrade/types";

/** A range of time, in milliseconds since 1970, with the seconds between two values. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** What is measured of requests. */
export type TrafficMetric =
  /** Requests per second. */
  | "requests"
  /** The percentage of requests with a status of 5xx. */
  | "errors"
  /** The time in which 99 % of the requests are answered, in milliseconds. */
  | "p99";

export const TRAFFIC_METRICS: readonly TrafficMetric[] = ["requests", "errors", "p99"];

/** Values over time. `null` ends a line: there is no value up to the next point. */
export type TrafficPoint = readonly [number, number | null];

/** The values of one revision or namespace. */
export interface TrafficSeries {
  /** @example "Gateway edge/web" */
  readonly group: string;
  /** A revision, or a namespace. */
  readonly line: string;
  /** Whether it is of the control plane to which the mesh goes. */
  readonly isNew: boolean;
  readonly metric: TrafficMetric;
  readonly points: readonly TrafficPoint[];
}

/** What is known of requests. */
export interface Traffic {
  readonly series: readonly TrafficSeries[];
  /** Why some or all of it is missing, in words. */
  readonly missing: readonly string[];
}

/** A part of the mesh whose requests are plotted together. */
export interface TrafficGroup {
  readonly title: string;
  /** The label by which its lines differ. */
  readonly label: string;
  /** The lines by the values of the label. */
  readonly lines: Readonly<Record<string, { readonly name: string; readonly isNew: boolean }>>;
  readonly matchers: Matchers;
}

/** The workloads of a gateway over all stages, each with its revisions in the order of the stages. */
function workloadsOf({ stages }: UpgradePlan, title: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { facts } of stages) {
    for (const gateway of facts.gateways.filter((one) => gatewayTitle(one) === title)) {
      gateway.revisions.forEach(({ revision }, index) => {
        const workload = deploymentName(gateway.inputs, index);
        const named = facts.tags[revision] ?? revision;
        found.set(workload, [...new Set([...(found.get(workload) ?? []), named])]);
      });
    }
  }
  return found;
}

function gatewayGroup(plan: UpgradePlan, title: string): TrafficGroup {
  const [namespace = ""] = title.split("/");
  const workloads = workloadsOf(plan, title);
  const lines = [...workloads].map(([workload, revisions]) => {
    const name = revisions.map(revisionTitle).join(", then ");
    return [workload, { name, isNew: revisions.at(-1) === plan.revision }] as const;
  });
  return {
    title: `Gateway ${title}`,
    label: "source_workload",
    lines: Object.fromEntries(lines),
    matchers: gatewayMatchers(namespace, [...workloads.keys()]),
  };
}

/** More lines in one plot could not be told apart. */
const SHOWN_NAMESPACES = 6;

function namespaceGroup({ stages }: UpgradePlan): TrafficGroup[] {
  const names = [...new Set(stages.flatMap(({ namespaces }) => namespaces))].slice(
    0,
    SHOWN_NAMESPACES,
  );
  return names.length === 0
    ? []
    : [
        {
          title: "Workloads by namespace",
          label: "destination_workload_namespace",
          lines: Object.fromEntries(names.map((name) => [name, { name, isNew: false }])),
          matchers: { reporter: "destination", destination_workload_namespace: names },
        },
      ];
}

/** Returns whose requests are plotted: each gateway by revision, and the first namespaces that move. */
export function trafficGroups(plan: UpgradePlan): TrafficGroup[] {
  const titles = new Set(plan.stages.flatMap(({ facts }) => facts.gateways.map(gatewayTitle)));
  return [...[...titles].map((title) => gatewayGroup(plan, title)), ...namespaceGroup(plan)];
}

/** Returns what Prometheus is asked for one metric of a group. */
export function trafficQuery(
  { matchers, label }: TrafficGroup,
  metric: TrafficMetric,
  windowSeconds: number,
): string {
  const window = `${windowSeconds}s`;
  switch (metric) {
    case "requests":
      return requestRate(matchers, [label], window);
    case "errors":
      return `100 - ${successRate(matchers, [label], window)}`;
    case "p99":
      return p99(matchers, [label], window);
    default:
      return metric satisfies never;
  }
}

/** How many values a plot has over one span of time. */
const VALUES = 240;

const SHORTEST_STEP_SECONDS = 1;

/** Returns the values to ask for between two moments, in milliseconds since 1970. */
export function rangeBetween(from: number, to: number): TimeRange {
  const step = Math.max(SHORTEST_STEP_SECONDS, Math.ceil((to - from) / 1000 / VALUES));
  return { from, to, step };
}

/** Returns how far rates look back: as far as the gates do, and over all requests of a step. */
export function windowOf({ gates = [] }: GatePolicy, { step }: TimeRange): number {
  const own = gates.flatMap((gate) =>
    gate.kind === "prometheus" ? [gate.window ?? DEFAULT_WINDOW_SECONDS] : [],
  );
  return Math.max(own.length === 0 ? DEFAULT_WINDOW_SECONDS : Math.max(...own), step);
}

const MAX_DECIMALS = 3;

/** A line ends where more than one value is missing. */
function withBreaks(points: RangeSeries["points"], { step }: TimeRange): TrafficPoint[] {
  return points.flatMap(([at, value], index): TrafficPoint[] => {
    const next = points[index + 1]?.[0] ?? at;
    const point = [at, Number(value.toFixed(MAX_DECIMALS))] as const;
    return next - at > 2 * step * 1000 ? [point, [at + step * 1000, null]] : [point];
  });
}

/** Returns the lines of one answer. Series of which nothing is known are left out. */
export function trafficSeries(
  group: TrafficGroup,
  metric: TrafficMetric,
  range: TimeRange,
  answer: readonly RangeSeries[],
): TrafficSeries[] {
  return answer.flatMap(({ labels, points }) => {
    const line = group.lines[labels[group.label] ?? ""];
    return line === undefined
      ? []
      : [
          {
            group: group.title,
            line: line.name,
            isNew: line.isNew,
            metric,
            points: withBreaks(points, range),
          },
        ];
  });
}

const keyOf = ({ group, line, metric }: TrafficSeries) => JSON.stringify([group, line, metric]);

/**
 * Returns former values with newer ones in their place.
 *
 * @param newer values of one range; what is older or later stays
 */
export function mergedSeries(
  former: readonly TrafficSeries[],
  newer: readonly TrafficSeries[],
  { from, to }: TimeRange,
): TrafficSeries[] {
  const own = new Map(newer.map((series) => [keyOf(series), series]));
  const kept = former.map((series) => {
    const points = own.get(keyOf(series))?.points;
    own.delete(keyOf(series));
    return points === undefined
      ? series
      : {
          ...series,
          points: [...series.points.filter(([at]) => at < from || at > to), ...points].sort(
            ([a], [b]) => a - b,
          ),
        };
  });
  return [...kept, ...own.values()];
}
