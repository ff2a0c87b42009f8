import { isObject, type JsonObject } from "../../mesh/common/json";
import type { Measurement } from "../../mesh/gates/decide";
import { type Answers, judgeAnswers } from "../../mesh/gates/judge";
import {
  type NoAnswer,
  type PrometheusAnswer,
  prometheusAnswer,
  type RangeAnswer,
  rangeAnswer,
} from "../../mesh/gates/prometheusAnswer";
import { type GateQuery, type GatewaySubject, gateQueries } from "../../mesh/gates/promql";
import type { PrometheusGate, PrometheusInputs } from "../../mesh/model/gateInputs";
import type { TimeRange } from "../../mesh/upgradeReport/traffic";
import type { Cluster } from "../cluster/cluster";
import { outsideCall } from "../outsideCalls";
import { callError, plainAddress } from "./address";

/** Asks Prometheus one query, for its value now. */
export type AskPrometheus = (query: string) => Promise<PrometheusAnswer>;

/** Asks Prometheus one query, for its values over a range of time. */
export type AskRange = (query: string, range: TimeRange) => Promise<RangeAnswer>;

/** How long an answer may take, in seconds. */
const TIMEOUT_SECONDS = 20;

/** Texts that are no JSON are what proxies in front of Prometheus say. */
const SHOWN_CHARACTERS = 200;

function bodyOf(text: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : {};
  } catch {
    return { message: text.slice(0, SHOWN_CHARACTERS) };
  }
}

/** What a question of one API of Prometheus is made of. */
type Parameters = Readonly<Record<string, string>>;

/** Reads what an API of Prometheus answered. */
type Reader<T> = (status: number, body: JsonObject) => T | NoAnswer;

/** Asks an API of Prometheus, such as `query`. */
type AskApi = <T>(api: string, parameters: Parameters, read: Reader<T>) => Promise<T | NoAnswer>;

async function unlessFailed<T>(
  place: string,
  ask: () => Promise<T | NoAnswer>,
): Promise<T | NoAnswer> {
  try {
    const answer = await ask();
    const isNone = isObject(answer) && typeof answer.reason === "string";
    return isNone ? { ...(answer as NoAnswer), reason: `${place}: ${answer.reason}` } : answer;
  } catch (error) {
    return { kind: "unreachable", reason: `${place}: ${callError(error, TIMEOUT_SECONDS)}` };
  }
}

/** An address may have a path of its own, and a login, which must not be printed. */
function throughHttp({ url: address = "", bearerToken, headers }: PrometheusInputs): AskApi {
  const { url: base, headers: login } = plainAddress(address);
  const place = base.origin;
  return (api, parameters, read) =>
    unlessFailed(place, async () => {
      const url = new URL(base);
      url.pathname = `${base.pathname.replace(/\/$/, "")}/api/v1/${api}`;
      const request = {
        method: "POST",
        headers: {
          ...login,
          ...headers,
          ...(bearerToken !== undefined && { authorization: `Bearer ${bearerToken}` }),
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams(parameters),
        signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
      };
      const response = await outsideCall(
        `POST ${place} (a query of Prometheus)`,
        () => fetch(url, request),
        ({ status }) => String(status),
      );
      return read(response.status, bodyOf(await response.text()));
    });
}

/** @see https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/ */
function throughApiServer(service: string, cluster: Cluster): AskApi {
  const [namespace, name] = service.split("/");
  const path = `/api/v1/namespaces/${namespace}/services/${name}/proxy/api/v1`;
  return (api, parameters, read) =>
    unlessFailed(`Service ${service}`, async () => {
      const { status, body } = await cluster.call(
        "GET",
        `${path}/${api}?${new URLSearchParams(parameters)}`,
      );
      return read(status, body);
    });
}

function openApi(inputs: PrometheusInputs, cluster: Cluster | undefined): AskApi {
  const { service } = inputs;
  if (service === undefined) {
    return throughHttp(inputs);
  }
  const reason = `Service ${service}: the stack renders to a folder, so there is no cluster to ask; set prometheus.url`;
  return cluster === undefined
    ? async () => ({ kind: "refused", reason })
    : throughApiServer(service, cluster);
}

/**
 * Returns a function that asks Prometheus.
 *
 * @param cluster the stack's; needed for a `service`
 * @example
 * await openPrometheus({ url: "https://prometheus.example.com" })("up")
 * // { kind: "samples", samples: [{ labels: { job: "istiod" }, value: 1 }] }
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function openPrometheus(inputs: PrometheusInputs, cluster?: Cluster): AskPrometheus {
  const ask = openApi(inputs, cluster);
  return (query) => ask("query", { query }, prometheusAnswer);
}

/**
 * Returns a function that asks Prometheus for the values of a query over a range of time.
 *
 * @param cluster the stack's; needed for a `service`
 */
export function openPrometheusRange(inputs: PrometheusInputs, cluster?: Cluster): AskRange {
  const ask = openApi(inputs, cluster);
  return (query, { from, to, step }) =>
    ask(
      "query_range",
      { query, start: String(from / 1000), end: String(to / 1000), step: String(step) },
      rangeAnswer,
    );
}

async function answersTo(ask: AskPrometheus, question: GateQuery): Promise<Answers> {
  const { query, compared } = question;
  const [own, other] = await Promise.all([
    ask(query),
    compared === undefined ? undefined : ask(compared.query),
  ]);
  return { own, ...(other !== undefined && { compared: other }) };
}

/**
 * Makes one measurement of a Prometheus gate.
 *
 * @param gateways those that have pods of the new revision with traffic
 */
export async function measurePrometheus(
  ask: AskPrometheus,
  gate: PrometheusGate,
  gateways: readonly GatewaySubject[],
): Promise<Measurement> {
  const questions = gateQueries(gate, gateways);
  if (questions.length === 0) {
    const saw = "no gateway has pods of the new revision with traffic";
    return { outcome: "good", saw };
  }
  const asked = await Promise.all(
    questions.map(async (question) => ({ question, answers: await answersTo(ask, question) })),
  );
  return judgeAnswers(gate, asked);
}
