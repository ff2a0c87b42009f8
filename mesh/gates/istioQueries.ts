/** Values of labels in a query. A list means one of them. */
export type Matchers = Readonly<Record<string, string | readonly string[]>>;

const REQUESTS = "istio_requests_total";
const DURATIONS = "istio_request_duration_milliseconds_bucket";

/** @example quoted('a"b') // '"a\\"b"' */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** @example escaped("a.b") // "a\\.b" */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function matcher(label: string, value: string | readonly string[]): string {
  return typeof value === "string"
    ? `${label}=${quoted(value)}`
    : `${label}=~${quoted(value.map(escaped).join("|"))}`;
}

function selectorOf(matchers: Matchers, further = ""): string {
  const all = Object.entries(matchers).map(([label, value]) => matcher(label, value));
  return `{${[...all, ...(further === "" ? [] : [further])].join(",")}}`;
}

/** @example byText(["le"]) // " by (le) " */
function byText(labels: readonly string[]): string {
  return labels.length === 0 ? "" : ` by (${labels.join(",")}) `;
}

/**
 * Returns the query of requests per second.
 *
 * @param labels what stays apart; all others are summed up
 * @param window how far the rate looks back, such as `60s`
 * @param further one more matcher, as PromQL writes it
 * @see https://istio.io/latest/docs/reference/config/metrics/
 */
export function requestRate(
  matchers: Matchers,
  labels: readonly string[],
  window: string,
  further = "",
): string {
  return `sum${byText(labels)}(rate(${REQUESTS}${selectorOf(matchers, further)}[${window}]))`;
}

/**
 * Returns the query of the percentage of requests without a 5xx. Without the `or`, a workload that has
 * had no error would have no result. One without requests has none on purpose.
 */
export function successRate(matchers: Matchers, labels: readonly string[], window: string): string {
  const all = requestRate(matchers, labels, window);
  const failed = requestRate(matchers, labels, window, 'response_code=~"5.."');
  return `100 * (1 - ((${failed} or ${all} * 0) / (${all} > 0)))`;
}

/** Returns the query of the time in which 99 % of the requests are answered, in milliseconds. */
export function p99(matchers: Matchers, labels: readonly string[], window: string): string {
  const by = ["le", ...labels].join(",");
  return `histogram_quantile(0.99, sum by (${by}) (rate(${DURATIONS}${selectorOf(matchers)}[${window}])))`;
}

/** Returns what selects the requests of a gateway, which reports those that it sends on. */
export function gatewayMatchers(namespace: string, workload: string | readonly string[]): Matchers {
  return {
    reporter: "source",
    source_workload_namespace: namespace,
    source_workload: workload,
  };
}
