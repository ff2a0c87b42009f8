import assert from "node:assert/strict";
import { measurePrometheus, openPrometheus } from "../../adapters/gates/prometheus";
import type { Measurement } from "../../mesh/gates/decide";
import type { GatewaySubject } from "../../mesh/gates/promql";
import type { PrometheusGate, PrometheusInputs } from "../../mesh/model/gateInputs";
import { NEW, OLD } from "../../toolchain/versions";
import { freePort } from "../cluster/processes";
import { until } from "../node/wait";
import { gatewayLabels, istioMetrics, type Traffic } from "../support/istioMetrics";
import {
  type MetricsServer,
  prometheusProgram,
  type RunningPrometheus,
  serveMetrics,
  startPrometheus,
} from "../support/prometheusServer";

const EDGE = "istio-gateways";

/** Seconds that rates look back: five scrapes. */
const WINDOW = 5;

const SUCCESS: PrometheusGate = { kind: "prometheus", metric: "success-rate", window: WINDOW };
const P99: PrometheusGate = { kind: "prometheus", metric: "p99", window: WINDOW };

const subject = (gateway: string): GatewaySubject => ({
  namespace: EDGE,
  gateway,
  newRevision: NEW,
  newWorkload: `${gateway}-${NEW}`,
  oldRevision: OLD,
  oldWorkload: `${gateway}-${OLD}`,
});

function gatewayTraffic(gateway: string, revision: string, more: Partial<Traffic> = {}): Traffic {
  return { labels: gatewayLabels(EDGE, `${gateway}-${revision}`), requestsPerSecond: 20, ...more };
}

const arriving = (namespace: string, workload: string) => ({
  reporter: "destination",
  destination_workload: workload,
  destination_workload_namespace: namespace,
});

/** `good` is as before; `bad` answers a tenth with 5xx and takes twice as long; `idle` has no request. */
const TRAFFIC: readonly Traffic[] = [
  gatewayTraffic("good", OLD),
  gatewayTraffic("good", NEW),
  gatewayTraffic("bad", OLD),
  gatewayTraffic("bad", NEW, { errorPercent: 10, milliseconds: 45 }),
  gatewayTraffic("dead", NEW, { errorPercent: 100 }),
  gatewayTraffic("idle", NEW, { requestsPerSecond: 0 }),
  { labels: arriving("shop", "cart"), requestsPerSecond: 5 },
  { labels: arriving("shop", "pay"), requestsPerSecond: 5, errorPercent: 20 },
];

describe("gates and a real Prometheus", () => {
  let metrics: MetricsServer;
  let prometheus: RunningPrometheus;
  let place: PrometheusInputs;

  before(async function () {
    this.timeout(120_000);
    const program = prometheusProgram();
    if (program === undefined) {
      console.warn("    skipped: neither a program prometheus, nor Debian's package is to be had");
      this.skip();
    }
    const begin = Date.now();
    metrics = await serveMetrics(() => istioMetrics(TRAFFIC, (Date.now() - begin) / 1000));
    prometheus = await startPrometheus(program, metrics.port);
    place = { url: prometheus.url };
    await until(
      async () => (await measure(SUCCESS, ["good"])).outcome === "good",
      30_000,
      () => "Prometheus has no rate",
    );
  });

  after(async () => {
    metrics?.stop();
    await prometheus?.server.stop();
  });

  function measure(
    gate: PrometheusGate,
    gateways: readonly string[],
    from: PrometheusInputs = place,
  ): Promise<Measurement> {
    return measurePrometheus(openPrometheus(from), gate, gateways.map(subject));
  }

  it("find a canary good that is as the old revision", async () => {
    const rate = await measure(SUCCESS, ["good"]);
    assert.deepEqual(rate, {
      outcome: "good",
      saw: `gateway ${EDGE}/good on ${NEW}: success rate 100 %`,
    });
    const p99 = await measure(P99, ["good"]);
    assert.equal(p99.outcome, "good", p99.saw);
    assert.match(p99.saw, /p99 24\.\d+ ms/);
  });

  it("find a canary bad that answers 5xx to a tenth of its requests", async () => {
    const { outcome, saw } = await measure(SUCCESS, ["good", "bad"]);
    assert.equal(outcome, "bad");
    assert.equal(saw, `gateway ${EDGE}/bad on ${NEW}: success rate 90 %, below 99`);
  });

  it("find a canary bad that answers nothing but 5xx", async () => {
    const { saw } = await measure(SUCCESS, ["dead"]);
    assert.equal(saw, `gateway ${EDGE}/dead on ${NEW}: success rate 0 %, below 99`);
  });

  it("find a canary bad whose p99 doubles", async () => {
    const { outcome, saw } = await measure(P99, ["bad"]);
    assert.equal(outcome, "bad");
    assert.match(
      saw,
      /p99 49\.\d+ ms, above 37\.\d+ \(1\.5 times the old revision's 24\.\d+ ms\)$/,
    );
  });

  it("have no data of a gateway without requests, and of one that nobody has seen", async () => {
    for (const gateway of ["idle", "unheard-of"]) {
      for (const gate of [SUCCESS, { ...P99, max: 100 }]) {
        const { outcome, saw } = await measure(gate, [gateway]);
        assert.equal(outcome, "noData", `${gateway}: ${saw}`);
        assert.match(saw, /no data: Prometheus has no requests of it/);
      }
    }
  });

  it("measure each workload of a namespace, and name the bad one", async () => {
    const { outcome, saw } = await measure({ ...SUCCESS, workloads: ["shop"] }, []);
    assert.equal(outcome, "bad");
    assert.equal(
      saw,
      'workload shop: {destination_workload="pay", destination_workload_namespace="shop"} success rate 80 %, below 99',
    );
    const cart = await measure({ ...SUCCESS, workloads: ["shop/cart"] }, []);
    assert.equal(cart.outcome, "good", cart.saw);
  });

  it("ask the user's own query for each gateway", async () => {
    const query =
      'sum(rate(istio_requests_total{source_workload="{{newWorkload}}"}[{{window}}])) / sum(rate(istio_requests_total{source_workload="{{oldWorkload}}"}[{{window}}]))';
    const gate: PrometheusGate = { kind: "prometheus", query, min: 0.9, max: 1.1, window: WINDOW };
    const { outcome, saw } = await measure(gate, ["good"]);
    assert.equal(outcome, "good", saw);
    assert.match(saw, /^gateway istio-gateways\/good on .*: (1|1\.0\d|0\.9\d)$/);
  });

  it("say what is wrong with a query", async () => {
    const own = { kind: "prometheus", min: 1 } as const;
    const { outcome, saw } = await measure({ ...own, query: "sum(rate(" }, []);
    assert.equal(outcome, "impossible");
    assert.match(saw, /Prometheus refuses: http:\/\/127\.0\.0\.1:\d+: HTTP 400: .*parse error/);
    const range = await measure({ ...own, query: "up[5m]" }, []);
    assert.equal(range.outcome, "impossible");
    assert.match(range.saw, /result is a matrix/);
    const nothing = await measure({ ...own, query: "no_such_metric" }, []);
    assert.deepEqual(nothing, {
      outcome: "noData",
      saw: "query: no data: the query has no result",
    });
  });

  it("say that nothing answers, or something else than Prometheus", async () => {
    const free = await freePort();
    const silent = await measure(SUCCESS, ["good"], { url: `http://127.0.0.1:${free}` });
    assert.equal(silent.outcome, "unreachable");
    assert.match(
      silent.saw,
      /^Prometheus cannot be asked: http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    );
    const other = await measure(SUCCESS, ["good"], { url: `http://127.0.0.1:${metrics.port}` });
    assert.equal(other.outcome, "impossible");
    assert.match(other.saw, /what answers is not Prometheus/);
  });
});
