import type { PrometheusGate } from "../model/gateInputs";
import { DEFAULT_WINDOW_SECONDS } from "./timing";

/** The pods of a gateway's two revisions, which gates compare. */
export interface GatewaySubject {
  readonly namespace: string;
  readonly gateway: string;
  readonly newRevision: string;
  /** The Deployment of the pods of the new revision. */
  readonly newWorkload: string;
  /** Absent if the gateway has no pods of another revision. */
  readonly oldRevision?: string;
  readonly oldWorkload?: string;
}

/** One question of a gate, and what its answer is about. */
export interface GateQuery {
  /** @example "gateway istio-gateways/web on 1-31-0" */
  readonly subject: string;
  readonly query: string;
  /** Another query, of which the answer may be at most `times` as large. */
  readonly compared?: { readonly query: string; readonly times: number; readonly subject: string };
}

const REQUESTS = "istio_requests_total";
const DURATIONS = "istio_request_duration_milliseconds_bucket";

/** How much slower the new revision may be by default. */
export const DEFAULT_TIMES_OLD = 1.5;

/** @example quoted('a"b') // '"a\\"b"' */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

type Matchers = Readonly<Record<string, string>>;

function selectorOf(matchers: Matchers, further = ""): string {
  const equal = Object.entries(matchers).map(([label, value]) => `${label}=${quoted(value)}`);
  return `{${[...equal, ...(further === "" ? [] : [further])].join(",")}}`;
}

/**
 * The percentage of requests without a 5xx. Without the `or`, a workload that has had no error would have
 * no result. One without requests has none on purpose.
 */
function successRate(matchers: Matchers, by: string, window: string): string {
  const rate = (further: string) =>
    `sum${by}(rate(${REQUESTS}${selectorOf(matchers, further)}[${window}]))`;
  const all = rate("");
  return `100 * (1 - ((${rate('response_code=~"5.."')} or ${all} * 0) / (${all} > 0)))`;
}

function p99(matchers: Matchers, labels: readonly string[], window: string): string {
  const by = ["le", ...labels].join(",");
  return `histogram_quantile(0.99, sum by (${by}) (rate(${DURATIONS}${selectorOf(matchers)}[${window}])))`;
}

/** A gateway reports the requests that it sends on. */
function gatewayMatchers(namespace: string, workload: string): Matchers {
  return {
    reporter: "source",
    source_workload_namespace: namespace,
    source_workload: workload,
  };
}

const WORKLOAD_LABELS = ["destination_workload_namespace", "destination_workload"];

/** @example workloadMatchers("shop/cart") // { reporter: "destination", destination_workload: "cart", … } */
function workloadMatchers(workload: string): Matchers {
  const [namespace = "", name] = workload.split("/");
  return {
    reporter: "destination",
    destination_workload_namespace: namespace,
    ...(name !== undefined && { destination_workload: name }),
  };
}

function queryOf(
  gate: PrometheusGate,
  matchers: Matchers,
  labels: readonly string[],
  window: string,
): string {
  const by = labels.length === 0 ? "" : ` by (${labels.join(",")}) `;
  return gate.metric === "p99" ? p99(matchers, labels, window) : successRate(matchers, by, window);
}

/** How many times the old revision's value is still good; `undefined` if nothing is compared. */
function timesOld({ metric, max, maxTimesOld }: PrometheusGate): number | undefined {
  if (metric !== "p99") {
    return undefined;
  }
  return maxTimesOld ?? (max === undefined ? DEFAULT_TIMES_OLD : undefined);
}

function ofGateway(gate: PrometheusGate, gateway: GatewaySubject, window: string): GateQuery {
  const { namespace, newWorkload, newRevision, oldWorkload, oldRevision } = gateway;
  const title = `gateway ${namespace}/${gateway.gateway} on`;
  const ask = (workload: string) => queryOf(gate, gatewayMatchers(namespace, workload), [], window);
  const times = timesOld(gate);
  return {
    subject: `${title} ${newRevision}`,
    query: ask(newWorkload),
    ...(times !== undefined &&
      oldWorkload !== undefined && {
        compared: { query: ask(oldWorkload), times, subject: `${title} ${oldRevision}` },
      }),
  };
}

function ofWorkload(gate: PrometheusGate, workload: string, window: string): GateQuery {
  const query = queryOf(gate, workloadMatchers(workload), WORKLOAD_LABELS, window);
  return { subject: `workload ${workload}`, query };
}

const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;

/** What may stand in a query, beside `window`. */
const GATEWAY_NAMES = [
  "namespace",
  "gateway",
  "newWorkload",
  "oldWorkload",
  "newRevision",
  "oldRevision",
] as const satisfies readonly (keyof GatewaySubject)[];

/** Names that may stand in double braces in a query. */
export const PLACEHOLDERS: readonly string[] = [...GATEWAY_NAMES, "window"];

/** Returns the names in double braces in a query. */
export function placeholdersIn(query: string): string[] {
  return [...query.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
}

function filled(query: string, values: Readonly<Record<string, string>>): string {
  return query.replace(PLACEHOLDER, (whole, name: string) => values[name] ?? whole);
}

function ofUser(
  query: string,
  gateways: readonly GatewaySubject[],
  window: string,
): readonly GateQuery[] {
  const isOfGateways = placeholdersIn(query).some((name) => name !== "window");
  if (!isOfGateways) {
    return [{ subject: "query", query: filled(query, { window }) }];
  }
  return gateways.map((gateway) => ({
    subject: `gateway ${gateway.namespace}/${gateway.gateway} on ${gateway.newRevision}`,
    query: filled(query, { oldRevision: "", oldWorkload: "", ...gateway, window }),
  }));
}

/**
 * Returns what a gate asks Prometheus: one query for each gateway or workload. None if the gate is about
 * gateways, and none of them has pods of the new revision.
 *
 * @param gateways those that have pods of the new revision with a weight above 0
 * @see https://istio.io/latest/docs/reference/config/metrics/
 */
export function gateQueries(
  gate: PrometheusGate,
  gateways: readonly GatewaySubject[],
): readonly GateQuery[] {
  const window = `${gate.window ?? DEFAULT_WINDOW_SECONDS}s`;
  if (gate.query !== undefined) {
    return ofUser(gate.query, gateways, window);
  }
  return gate.workloads === undefined
    ? gateways.map((gateway) => ofGateway(gate, gateway, window))
    : gate.workloads.map((workload) => ofWorkload(gate, workload, window));
}
