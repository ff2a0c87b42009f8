import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { judgeAnswers } from "../../../mesh/gates/judge";
import { type PrometheusAnswer, prometheusAnswer } from "../../../mesh/gates/prometheusAnswer";
import { type GatewaySubject, gateQueries } from "../../../mesh/gates/promql";
import type { PrometheusGate } from "../../../mesh/model/gateInputs";
import { NEW, OLD } from "../../../toolchain/versions";

const WEB: GatewaySubject = {
  namespace: "istio-gateways",
  gateway: "web",
  newRevision: NEW,
  newWorkload: `web-${NEW}`,
  oldRevision: OLD,
  oldWorkload: `web-${OLD}`,
};

const SUCCESS: PrometheusGate = { kind: "prometheus", metric: "success-rate" };
const P99: PrometheusGate = { kind: "prometheus", metric: "p99" };

const samples = (...values: number[]): PrometheusAnswer => ({
  kind: "samples",
  samples: values.map((value) => ({ labels: {}, value })),
});

function judged(gate: PrometheusGate, own: PrometheusAnswer, compared?: PrometheusAnswer) {
  const [question] = gateQueries(gate, [WEB]);
  assert.ok(question);
  return judgeAnswers(gate, [{ question, answers: { own, ...(compared && { compared }) } }]);
}

describe("queries of Prometheus gates", () => {
  it("measure a gateway by the requests that the pods of the new revision send on", () => {
    const [question, ...others] = gateQueries({ ...SUCCESS, window: 120 }, [WEB]);
    assert.deepEqual(others, []);
    assert.equal(question?.subject, `gateway istio-gateways/web on ${NEW}`);
    const labels = `reporter="source",source_workload_namespace="istio-gateways",source_workload="web-${NEW}"`;
    assert.ok(
      question?.query.includes(`istio_requests_total{${labels},response_code=~"5.."}[120s]`),
      question?.query,
    );
  });

  it("compare the p99 with that of the old revision, unless a limit is given", () => {
    const [question] = gateQueries(P99, [WEB]);
    assert.equal(question?.compared?.times, 1.5);
    assert.ok(question?.compared?.query.includes(`source_workload="web-${OLD}"`));
    assert.equal(gateQueries({ ...P99, max: 300 }, [WEB])[0]?.compared, undefined);
    const { oldRevision: _, oldWorkload: __, ...alone } = WEB;
    assert.equal(gateQueries(P99, [alone])[0]?.compared, undefined);
  });

  it("measure workloads where their requests arrive", () => {
    const queries = gateQueries({ ...SUCCESS, workloads: ["shop/cart", "pay"] }, []);
    assert.deepEqual(
      queries.map(({ subject }) => subject),
      ["workload shop/cart", "workload pay"],
    );
    const [cart, pay] = queries.map(({ query }) => query);
    assert.match(
      cart ?? "",
      /\{reporter="destination",destination_workload_namespace="shop",destination_workload="cart"\}/,
    );
    assert.match(pay ?? "", /\{reporter="destination",destination_workload_namespace="pay"\}/);
  });

  it("fill in the user's query for each gateway, and ask one without names of a gateway once", () => {
    const own = { kind: "prometheus", min: 1 } as const;
    const query = 'up{pod=~"{{newWorkload}}-.*", ns="{{ namespace }}"}[{{window}}]';
    assert.deepEqual(
      gateQueries({ ...own, query }, [WEB]).map((one) => one.query),
      [`up{pod=~"web-${NEW}-.*", ns="istio-gateways"}[60s]`],
    );
    assert.deepEqual(
      gateQueries({ ...own, query: "rate(x[{{window}}])" }, [WEB, WEB]).map((one) => one.query),
      ["rate(x[60s])"],
    );
  });

  it("ask nothing where no gateway has pods of the new revision", () => {
    assert.deepEqual(gateQueries(SUCCESS, []), []);
  });
});

describe("what Prometheus answers", () => {
  const success = (data: JsonObject) => prometheusAnswer(200, { status: "success", data });

  it("is read: vectors with their labels, scalars, infinity", () => {
    assert.deepEqual(
      success({
        resultType: "vector",
        result: [
          { metric: { pod: "a" }, value: [1, "0.5"] },
          { metric: {}, value: [1, "+Inf"] },
        ],
      }),
      {
        kind: "samples",
        samples: [
          { labels: { pod: "a" }, value: 0.5 },
          { labels: {}, value: Infinity },
        ],
      },
    );
    assert.deepEqual(success({ resultType: "scalar", result: [1, "-Inf"] }), {
      kind: "samples",
      samples: [{ labels: {}, value: -Infinity }],
    });
  });

  const KINDS: readonly [status: number, body: JsonObject, kind: string, reason: RegExp][] = [
    [400, { status: "error", error: "parse error" }, "refused", /^HTTP 400: parse error$/],
    [422, { status: "error", error: "bad matching" }, "refused", /^HTTP 422: bad matching$/],
    [401, { message: "no token" }, "refused", /refuses the token.*HTTP 401: no token/],
    [403, {}, "refused", /refuses the token.*HTTP 403\)/],
    [404, { message: "not found" }, "refused", /^HTTP 404: not found$/],
    [429, {}, "unreachable", /^HTTP 429$/],
    [503, { message: "no endpoints" }, "unreachable", /^HTTP 503: no endpoints$/],
    [200, { message: "<html>" }, "refused", /is not Prometheus/],
    [
      200,
      { status: "success", data: { resultType: "matrix", result: [] } },
      "refused",
      /is a matrix; .*rate/,
    ],
  ];
  for (const [status, body, kind, reason] of KINDS) {
    it(`with ${status} ${JSON.stringify(body)} is ${kind}`, () => {
      const answer = prometheusAnswer(status, body);
      assert.equal(answer.kind, kind);
      assert.match((answer as { reason: string }).reason, reason);
    });
  }
});

describe("what a Prometheus gate saw", () => {
  it("a success rate is good from 99 % on, or from the gate's own minimum", () => {
    const on = `gateway istio-gateways/web on ${NEW}`;
    assert.deepEqual(judged(SUCCESS, samples(99)), {
      outcome: "good",
      saw: `${on}: success rate 99 %`,
    });
    assert.deepEqual(judged(SUCCESS, samples(98.987)), {
      outcome: "bad",
      saw: `${on}: success rate 98.99 %, below 99`,
    });
    assert.equal(judged({ ...SUCCESS, min: 90 }, samples(98)).outcome, "good");
  });

  it("a p99 is good up to so many times that of the old revision", () => {
    const good = judged(P99, samples(150), samples(100));
    assert.equal(good.outcome, "good");
    assert.match(good.saw, /p99 150 ms \(old revision: 100 ms\)$/);
    const { outcome, saw } = judged(P99, samples(200), samples(100));
    assert.equal(outcome, "bad");
    assert.match(saw, /p99 200 ms, above 150 \(1\.5 times the old revision's 100 ms\)$/);
    assert.equal(judged({ ...P99, maxTimesOld: 3 }, samples(200), samples(100)).outcome, "good");
  });

  it("no series, and 0 divided by 0, are no data", () => {
    for (const answer of [samples(), samples(Number.NaN)]) {
      const { outcome, saw } = judged(SUCCESS, answer);
      assert.equal(outcome, "noData");
      assert.match(saw, /no data: Prometheus has no requests of it/);
    }
    assert.equal(judged(P99, samples(5), samples()).outcome, "noData");
  });

  it("of several series, the worst counts, with its labels", () => {
    const gate: PrometheusGate = { kind: "prometheus", query: "q", min: 1, max: 5 };
    const answer: PrometheusAnswer = {
      kind: "samples",
      samples: [
        { labels: { pod: "a" }, value: 3 },
        { labels: { pod: "b" }, value: 7 },
        { labels: { pod: "c" }, value: 0.5 },
      ],
    };
    assert.deepEqual(judged(gate, answer), {
      outcome: "bad",
      saw: 'query: {pod="b"} 7, above 5; {pod="c"} 0.5, below 1',
    });
  });

  it("what is not reached and what is refused are told apart", () => {
    const down = judged(SUCCESS, { kind: "unreachable", reason: "connect ECONNREFUSED" });
    assert.deepEqual(down, {
      outcome: "unreachable",
      saw: "Prometheus cannot be asked: connect ECONNREFUSED",
    });
    const wrong = judged(SUCCESS, { kind: "refused", reason: "HTTP 400: parse error" });
    assert.equal(wrong.outcome, "impossible");
    assert.match(wrong.saw, /Prometheus refuses: HTTP 400: parse error/);
  });

  it("a bad gateway is bad, whatever is not known of another", () => {
    const questions = gateQueries(SUCCESS, [WEB, { ...WEB, gateway: "api" }]);
    const answers = [samples(), samples(50)];
    const { outcome, saw } = judgeAnswers(
      SUCCESS,
      questions.map((question, index) => ({
        question,
        answers: { own: answers[index] ?? samples() },
      })),
    );
    assert.equal(outcome, "bad");
    assert.match(saw, /^gateway istio-gateways\/api on .*: success rate 50 %, below 99$/);
  });
});
