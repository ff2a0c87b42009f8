import type { PrometheusGate } from "../model/gateInputs";
import { gatewayMatchers, type Matchers, p99, successRate } from "./istioQueries";
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

/** How much slower the new revision may be by default. */
export const DEFAULT_TIMES_OLD = 1.5;

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
  const query = gate.metric === "p99" ? p99 : successRate;
  return query(matchers, labels, window);
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
