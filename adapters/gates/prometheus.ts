import { isObject, type JsonObject } from "../../mesh/common/json";
import type { Measurement } from "../../mesh/gates/decide";
import { type Answers, judgeAnswers } from "../../mesh/gates/judge";
import { type PrometheusAnswer, prometheusAnswer } from "../../mesh/gates/prometheusAnswer";
import { type GateQuery, type GatewaySubject, gateQueries } from "../../mesh/gates/promql";
import type { PrometheusGate, PrometheusInputs } from "../../mesh/model/gateInputs";
import type { Cluster } from "../cluster/cluster";
import { outsideCall } from "../outsideCalls";
import { callError, plainAddress } from "./address";

/** Asks Prometheus one query, for its value now. */
export type AskPrometheus = (query: string) => Promise<PrometheusAnswer>;

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

async function unlessFailed(
  place: string,
  ask: () => Promise<PrometheusAnswer>,
): Promise<PrometheusAnswer> {
  try {
    const answer = await ask();
    return answer.kind === "samples" ? answer : { ...answer, reason: `${place}: ${answer.reason}` };
  } catch (error) {
    return { kind: "unreachable", reason: `${place}: ${callError(error, TIMEOUT_SECONDS)}` };
  }
}

/** An address may have a path of its own, and a login, which must not be printed. */
function throughHttp({ url: address = "", bearerToken, headers }: PrometheusInputs): AskPrometheus {
  const { url, headers: login } = plainAddress(address);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/api/v1/query`;
  const place = url.origin;
  return (query) =>
    unlessFailed(place, async () => {
      const request = {
        method: "POST",
        headers: {
          ...login,
          ...headers,
          ...(bearerToken !== undefined && { authorization: `Bearer ${bearerToken}` }),
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams({ query }),
        signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
      };
      const response = await outsideCall(
        `POST ${place} (a query of Prometheus)`,
        () => fetch(url, request),
        ({ status }) => String(status),
      );
      return prometheusAnswer(response.status, bodyOf(await response.text()));
    });
}

/** @see https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/ */
function throughApiServer(service: string, cluster: Cluster): AskPrometheus {
  const [namespace, name] = service.split("/");
  const path = `/api/v1/namespaces/${namespace}/services/${name}/proxy/api/v1/query`;
  return (query) =>
    unlessFailed(`Service ${service}`, async () => {
      const { status, body } = await cluster.call(
        "GET",
        `${path}?${new URLSearchParams({ query })}`,
      );
      return prometheusAnswer(status, body);
    });
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
  const { service } = inputs;
  if (service === undefined) {
    return throughHttp(inputs);
  }
  const reason = `Service ${service}: the stack renders to a folder, so there is no cluster to ask; set prometheus.url`;
  return cluster === undefined
    ? async () => ({ kind: "refused", reason })
    : throughApiServer(service, cluster);
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
