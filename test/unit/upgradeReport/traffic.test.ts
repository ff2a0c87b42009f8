import assert from "node:assert/strict";
import type { AskRange } from "../../../adapters/gates/prometheus";
import { readTraffic } from "../../../adapters/upgrade/readTraffic";
import { rangeAnswer } from "../../../mesh/gates/prometheusAnswer";
import {
  mergedSeries,
  rangeBetween,
  type TrafficGroup,
  type TrafficSeries,
  trafficGroups,
  trafficQuery,
  trafficSeries,
  windowOf,
} from "../../../mesh/upgradeReport/traffic";
import { figuresOf } from "../../../mesh/upgradeReport/words";
import { NEW, OLD } from "../../../toolchain/versions";
import { upgradePlan } from "../upgradeRun/plan";

const plan = upgradePlan();
const groups = trafficGroups(plan);
const web = groups.find(({ title }) => title.endsWith("web")) as TrafficGroup;
const RANGE = { from: 0, to: 60_000, step: 10 };

describe("the figures of requests in a report", () => {
  it("are those of each gateway by revision, and of the namespaces that move", () => {
    assert.deepEqual(
      groups.map(({ title, lines }) => [title, Object.values(lines).map(({ name }) => name)]),
      [
        ["Gateway edge/web", [OLD, NEW]],
        ["Gateway edge/api", [OLD, NEW]],
        ["Workloads by namespace", ["cart"]],
      ],
    );
    assert.equal(web.lines[`web-${NEW}`]?.isNew, true);
    assert.equal(web.lines[`web-${OLD}`]?.isNew, false);
  });

  it("are asked for with a regular expression of exactly the workloads", () => {
    const workloads = `source_workload=~"web-${OLD}|web-${NEW}"`;
    const selector = `{reporter="source",source_workload_namespace="edge",${workloads}}`;
    assert.equal(
      trafficQuery(web, "requests", 60),
      `sum by (source_workload) (rate(istio_requests_total${selector}[60s]))`,
    );
    assert.match(trafficQuery(web, "errors", 60), /^100 - 100 \* \(1 - .*response_code=~"5\.\."/);
    assert.match(trafficQuery(web, "p99", 60), /sum by \(le,source_workload\) \(rate\(/);
    const dotted = { ...web, matchers: { source_workload: ["a.b", 'c"d'] } };
    assert.ok(trafficQuery(dotted, "requests", 60).includes('=~"a\\\\.b|c\\"d"'));
  });

  it("have a step and a window that fit the length", () => {
    assert.equal(rangeBetween(0, 60_000).step, 1);
    assert.equal(rangeBetween(0, 24_000_000).step, 100);
    const gates = [{ kind: "prometheus", metric: "p99", window: 30 } as const];
    assert.equal(windowOf({ gates }, RANGE), 30);
    assert.equal(windowOf({}, { ...RANGE, step: 100 }), 100);
  });

  it("have a line that ends where Prometheus has nothing", () => {
    const points = [
      [0, 1],
      [10_000, 2.00049],
      [50_000, 3],
    ] as const;
    const labels = { source_workload: `web-${NEW}` };
    const [found] = trafficSeries(web, "requests", RANGE, [{ labels, points }]);
    assert.deepEqual(found?.points, [
      [0, 1],
      [10_000, 2],
      [20_000, null],
      [50_000, 3],
    ]);
    const other = { labels: { source_workload: "somebody" }, points };
    assert.deepEqual(trafficSeries(web, "requests", RANGE, [other]), []);
  });

  it("take the place of former ones of the same time, and leave the others", () => {
    const one = (points: TrafficSeries["points"]): TrafficSeries => ({
      group: "g",
      line: "l",
      isNew: false,
      metric: "requests",
      points,
    });
    const former = [
      one([
        [-10, 1],
        [10, 1],
      ]),
    ];
    assert.deepEqual(mergedSeries(former, [one([[20, 2]])], RANGE)[0]?.points, [
      [-10, 1],
      [20, 2],
    ]);
    assert.deepEqual(mergedSeries(former, [], RANGE), former);
  });

  it("are summed up for each revision", () => {
    const common = { group: "g", line: NEW, isNew: true } as const;
    const series: TrafficSeries[] = [
      {
        ...common,
        metric: "requests",
        points: [
          [0, 10],
          [10_000, 20],
          [20_000, null],
        ],
      },
      {
        ...common,
        metric: "errors",
        points: [
          [0, 0],
          [10_000, 50],
        ],
      },
      {
        ...common,
        metric: "p99",
        points: [
          [0, 12],
          [10_000, 48],
          [20_000, null],
        ],
      },
    ];
    assert.deepEqual(figuresOf(series), [
      { line: NEW, isNew: true, requests: 300, failed: 100, highestP99: 48 },
    ]);
  });

  it("are read from Prometheus' answer, without what is no number", () => {
    const metric = { source_workload: "web" };
    const values = [
      [1.5, "2"],
      [2.5, "NaN"],
    ];
    const data = { resultType: "matrix", result: [{ metric, values }] };
    assert.deepEqual(rangeAnswer(200, { status: "success", data }), {
      kind: "series",
      series: [{ labels: metric, points: [[1500, 2]] }],
    });
    assert.equal(rangeAnswer(403, {}).kind, "refused");
    const vector = { resultType: "vector", result: [] };
    assert.equal(rangeAnswer(200, { status: "success", data: vector }).kind, "refused");
  });
});

describe("reading the figures of requests", () => {
  const spans = [{ from: 0, to: 60_000 }];

  it("keeps the former ones and says why, where Prometheus does not answer", async () => {
    let asked = 0;
    const silent: AskRange = async () => {
      asked += 1;
      return { kind: "unreachable", reason: "http://p: ECONNREFUSED" };
    };
    const former = trafficSeries(web, "requests", RANGE, [
      { labels: { source_workload: `web-${NEW}` }, points: [[0, 1]] },
    ]);
    const { series, missing } = await readTraffic(silent, plan, {}, spans, former);
    assert.deepEqual(series, former);
    assert.match(missing.join(), /Prometheus gave no figures: http:\/\/p: ECONNREFUSED/);
    assert.equal(asked, 3, "one that does not answer is asked once for each metric");
  });

  it("names the gateways of which Prometheus knows nothing", async () => {
    const ask: AskRange = async (query) => ({
      kind: "series",
      series: query.includes("web-")
        ? [{ labels: { source_workload: `web-${OLD}` }, points: [[0, 1]] }]
        : [],
    });
    const { series, missing } = await readTraffic(ask, plan, {}, spans, []);
    assert.deepEqual(
      series.map(({ group, line, metric }) => [group, line, metric]),
      ["requests", "errors", "p99"].map((metric) => ["Gateway edge/web", OLD, metric]),
    );
    assert.deepEqual(missing, [
      "Gateway edge/api: Prometheus has no requests.",
      "Workloads by namespace: Prometheus has no requests.",
    ]);
  });
});
