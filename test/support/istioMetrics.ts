/** What a workload's proxy has counted each second. */
export interface Traffic {
  /** Labels that say who reports, and for whom. */
  readonly labels: Readonly<Record<string, string>>;
  readonly requestsPerSecond: number;
  /** Of each hundred requests. @default 0 */
  readonly errorPercent?: number;
  /** How many there were so far, in place of a percentage. */
  readonly errors?: number;
  /** How long each request takes. @default 20 */
  readonly milliseconds?: number;
}

/** The bounds of Istio's histograms of durations. */
const BOUNDS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

const labelText = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",");

function linesOf(traffic: Traffic, seconds: number): string[] {
  const { labels, requestsPerSecond, errorPercent = 0, milliseconds = 20 } = traffic;
  const total = requestsPerSecond * seconds;
  const errors = traffic.errors ?? (total * errorPercent) / 100;
  const count = (code: string, value: number) =>
    `istio_requests_total{${labelText({ ...labels, response_code: code })}} ${value}`;
  const bucket = (bound: string, value: number) =>
    `istio_request_duration_milliseconds_bucket{${labelText({ ...labels, le: bound })}} ${value}`;
  return [
    count("200", total - errors),
    // A proxy has no series of what never happened.
    ...(errors > 0 ? [count("503", errors)] : []),
    ...BOUNDS.map((bound) => bucket(String(bound), milliseconds <= bound ? total : 0)),
    bucket("+Inf", total),
  ];
}

/**
 * Returns metrics as Istio's proxies report them, for traffic that has run for so many seconds.
 *
 * @see https://istio.io/latest/docs/reference/config/metrics/
 */
export function istioMetrics(all: readonly Traffic[], seconds: number): string {
  return `${all.flatMap((traffic) => linesOf(traffic, seconds)).join("\n")}\n`;
}

/** The labels of a gateway's pods, which report what they send on. */
export function gatewayLabels(namespace: string, workload: string): Record<string, string> {
  return {
    reporter: "source",
    source_workload: workload,
    source_workload_namespace: namespace,
    destination_workload: "shop",
    destination_workload_namespace: "shop",
  };
}
