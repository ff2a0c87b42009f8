import { isObject, type Json, type JsonObject } from "../common/json";

/** One number of Prometheus, with the labels of its series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** May be `NaN`: 0 divided by 0, or a quantile without requests. */
  readonly value: number;
}

/** Numbers of Prometheus over a range of time, with the labels of their series. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Each with its time in milliseconds since 1970. Steps without a number are left out. */
  readonly points: readonly (readonly [number, number])[];
}

/** Why Prometheus said nothing to a query. */
export type NoAnswer =
  /** It cannot be asked now. */
  | { readonly kind: "unreachable"; readonly reason: string }
  /** It refuses the query, or whoever asks; another attempt would end in the same way. */
  | { readonly kind: "refused"; readonly reason: string };

/** What Prometheus said to a query of values now. */
export type PrometheusAnswer =
  | { readonly kind: "samples"; readonly samples: readonly Sample[] }
  | NoAnswer;

/** What Prometheus said to a query over a range of time. */
export type RangeAnswer =
  | { readonly kind: "series"; readonly series: readonly RangeSeries[] }
  | NoAnswer;

function labelsOf(metric: Json | undefined): Record<string, string> {
  const labels = isObject(metric) ? Object.entries(metric) : [];
  return Object.fromEntries(labels.map(([name, value]) => [name, String(value)]));
}

/** A sample is `[seconds, "value"]`. `+Inf` and `-Inf` are how Go writes them. */
function numberOf(pair: Json | undefined): number {
  const text = Array.isArray(pair) ? String(pair[1]) : "";
  return Number(text.replace(/^([+-]?)Inf$/, "$1Infinity"));
}

function ofVector(result: Json | undefined): Sample[] {
  const series = Array.isArray(result) ? result.filter(isObject) : [];
  return series.map(({ metric, value }) => ({ labels: labelsOf(metric), value: numberOf(value) }));
}

function samplesIn({ resultType, result }: JsonObject): PrometheusAnswer {
  switch (resultType) {
    case "vector":
      return { kind: "samples", samples: ofVector(result) };
    case "scalar":
      return { kind: "samples", samples: [{ labels: {}, value: numberOf(result) }] };
    default: {
      const reason = `the query's result is a ${resultType}; it has to be an instant vector or a scalar, so take the range ("[5m]") into a function such as rate`;
      return { kind: "refused", reason };
    }
  }
}

const UNAUTHORIZED = [401, 403];

/** Of HTTP: too many requests, and what servers and proxies say while something restarts. */
function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

function failed(status: number, body: JsonObject): NoAnswer {
  const said = body.error ?? body.message ?? "";
  const detail = said === "" ? "" : `: ${String(said).trim()}`;
  if (UNAUTHORIZED.includes(status)) {
    const reason = `it refuses the token, or whoever asks (HTTP ${status}${detail})`;
    return { kind: "refused", reason };
  }
  // 422 and 503 are of the query's run: a query may also be aborted for its length.
  return isPassing(status)
    ? { kind: "unreachable", reason: `HTTP ${status}${detail}` }
    : { kind: "refused", reason: `HTTP ${status}${detail}` };
}

/** @param read reads the `data` of an answer that succeeded */
function answerOf<T>(
  status: number,
  body: JsonObject,
  read: (data: JsonObject) => T | NoAnswer,
): T | NoAnswer {
  if (status !== 200) {
    return failed(status, body);
  }
  return body.status === "success" && isObject(body.data)
    ? read(body.data)
    : { kind: "refused", reason: "what answers is not Prometheus: no result in its answer" };
}

/**
 * Reads the answer of `/api/v1/query`.
 *
 * @param status of HTTP
 * @param body its JSON; for another text, a `message` with it
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function prometheusAnswer(status: number, body: JsonObject): PrometheusAnswer {
  return answerOf(status, body, samplesIn);
}

function seriesOf({ metric, values }: JsonObject): RangeSeries {
  const pairs = Array.isArray(values) ? values : [];
  const points = pairs.map((pair) => {
    const seconds = Array.isArray(pair) ? Number(pair[0]) : Number.NaN;
    return [Math.round(seconds * 1000), numberOf(pair)] as const;
  });
  return { labels: labelsOf(metric), points: points.filter(([, value]) => Number.isFinite(value)) };
}

/**
 * Reads the answer of `/api/v1/query_range`.
 *
 * @param status of HTTP
 * @param body its JSON; for another text, a `message` with it
 */
export function rangeAnswer(status: number, body: JsonObject): RangeAnswer {
  return answerOf(status, body, ({ resultType, result }): RangeAnswer => {
    const series = Array.isArray(result) ? result.filter(isObject) : [];
    return resultType === "matrix"
      ? { kind: "series", series: series.map(seriesOf) }
      : { kind: "refused", reason: `the query's result is a ${resultType}, and no matrix` };
  });
}
