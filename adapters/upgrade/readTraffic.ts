import type { GatePolicy } from "../../mesh/model/gateInputs";
import type { UpgradePlan } from "../../mesh/upgrade/types";
import type { Span } from "../../mesh/upgradeReport/spans";
import {
  mergedSeries,
  rangeBetween,
  type TimeRange,
  TRAFFIC_METRICS,
  type Traffic,
  type TrafficGroup,
  type TrafficSeries,
  trafficGroups,
  trafficQuery,
  trafficSeries,
  windowOf,
} from "../../mesh/upgradeReport/traffic";
import { timeText } from "../../mesh/upgradeReport/words";
import type { AskRange } from "../gates/prometheus";

/** What is said where no Prometheus is named. */
export const NO_PROMETHEUS =
  "There are no figures of requests: the policy of the upgrade names no Prometheus (policy.prometheus).";

interface Asked {
  readonly series: readonly TrafficSeries[];
  readonly reason?: string;
}

async function askGroup(
  ask: AskRange,
  group: TrafficGroup,
  range: TimeRange,
  window: number,
): Promise<Asked> {
  const answers = await Promise.all(
    TRAFFIC_METRICS.map(async (metric) => ({
      metric,
      answer: await ask(trafficQuery(group, metric, window), range),
    })),
  );
  const series = answers.flatMap(({ metric, answer }) =>
    answer.kind === "series" ? trafficSeries(group, metric, range, answer.series) : [],
  );
  const reason = answers.flatMap(({ answer }) => ("reason" in answer ? [answer.reason] : []))[0];
  return { series, ...(reason !== undefined && { reason }) };
}

/**
 * Reads from Prometheus how many requests there were, with which errors and latency. Where it does not
 * answer, what was read before stays, and the reason is said.
 *
 * @param spans the times to ask for
 * @param former what was read before
 */
export async function readTraffic(
  ask: AskRange,
  plan: UpgradePlan,
  policy: GatePolicy,
  spans: readonly Span[],
  former: readonly TrafficSeries[],
): Promise<Traffic> {
  const groups = trafficGroups(plan);
  let series = former;
  for (const { from, to } of spans) {
    const range = rangeBetween(from, to);
    for (const group of groups) {
      const asked = await askGroup(ask, group, range, windowOf(policy, range));
      series = mergedSeries(series, asked.series, range);
      if (asked.reason !== undefined) {
        const time = timeText(Date.now());
        return { series, missing: [`At ${time} UTC, Prometheus gave no figures: ${asked.reason}`] };
      }
    }
  }
  const silent = groups.filter(({ title }) => !series.some(({ group }) => group === title));
  const missing = silent.map(({ title }) => `${title}: Prometheus has no requests.`);
  return { series, missing };
}
