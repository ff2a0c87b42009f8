import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { UpgradeEvent } from "../../mesh/runner/events";
import { type ReportDocument, readReport } from "../../mesh/upgradeReport/document";
import { upgradeReport } from "../../mesh/upgradeReport/model";
import type { TrafficMetric } from "../../mesh/upgradeReport/traffic";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { gatewayLabels, istioMetrics } from "../support/istioMetrics";
import { kwokStack } from "../support/kwokStack";
import {
  type MetricsServer,
  prometheusProgram,
  type RunningPrometheus,
  serveMetrics,
  startPrometheus,
} from "../support/prometheusServer";
import { type Finished, mesh } from "../support/run";
import { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";

/** Requests that the gateway gets. */
const PER_SECOND = 20;

/** How far back rates look, and a scrape more. */
const WINDOW_MS = 7_000;

/** The gate of the mesh itself, on a real API server where nothing runs in the pods. */
describe("mesh upgrade on a cluster", function () {
  this.timeout(600_000);
  const stage = stages();
  let api: ApiServer;
  let stack: TestStack;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    const tools = await toolsFor(this);
    ({ api, stack } = await kwokStack(tools, "live", {
      "mesh:version": PREVIOUS,
      "mesh:revision": OLD,
    }));
    env = { ...stack.shell, PULUMI_DEBUG_COMMANDS: "" };
    await stack.up();
  });

  after(() => api?.stop());

  function start(gate: object): Promise<Finished> {
    const timing = { interval: 1, count: 2, limit: 0 };
    const policy = { gates: [{ kind: "mesh", ...timing, ...gate }] };
    writeFileSync(join(stack.folder, "policy.json"), JSON.stringify(policy));
    const words = ["--to", NEWEST, "--policy", "policy.json", "--until", "prepare", "--yes"];
    const all = ["upgrade", "start", "--stack", "live", ...words, "-o", "json"];
    return mesh(all, { cwd: stack.folder, env });
  }

  const gateIn = ({ stdout, output }: Finished) => {
    const lines = stdout.split("\n").filter((line) => line !== "");
    const events = lines.map((line) => JSON.parse(line) as UpgradeEvent);
    const found = events.find((one) => one.event === "gate");
    assert.ok(found?.event === "gate", output);
    return found;
  };

  stage(
    "the gate names what is wrong with the mesh, and the command waits for a person",
    async () => {
      const finished = await start({});
      assert.equal(finished.code, 3, finished.output);
      const { verdict, saw } = gateIn(finished);
      assert.equal(verdict, "failed");
      assert.match(saw, /^\[injection-webhook\] .* has no caBundle/);
    },
  );

  stage("with the checks ignored that nothing here can pass, the mesh is well", async () => {
    const finished = await start({ ignore: ["injection-webhook", "validation-webhook"] });
    assert.equal(finished.code, 0, finished.output);
    const { verdict, saw } = gateIn(finished);
    assert.equal(verdict, "passed");
    assert.match(saw, /^the mesh is well; not checked: proxy-sync/);
  });
});

/** The metrics are those that the proxies of a gateway would report. */
describe("mesh upgrade and a real Prometheus", function () {
  this.timeout(600_000);
  const stage = stages();
  let stack: TestStack;
  let env: NodeJS.ProcessEnv;
  let metrics: MetricsServer;
  let prometheus: RunningPrometheus;
  let errorPercent = 10;

  before(async function () {
    const tools = await toolsFor(this);
    const program = prometheusProgram();
    if (program === undefined) {
      console.warn("    skipped: neither a program prometheus, nor Debian's package is to be had");
      this.skip();
    }
    const begin = Date.now();
    let [errors, asked] = [0, begin];
    metrics = await serveMetrics(() => {
      const now = Date.now();
      errors += ((now - asked) / 1000) * PER_SECOND * (errorPercent / 100);
      asked = now;
      const labels = gatewayLabels("edge", `web-${NEW}`);
      const traffic = { labels, requestsPerSecond: PER_SECOND, errors };
      return istioMetrics([traffic], (now - begin) / 1000);
    });
    prometheus = await startPrometheus(program, metrics.port);
    stack = await TestStack.create(tools, "prod", {
      "mesh:version": PREVIOUS,
      "mesh:profile": "minimal",
      "mesh:revisions": [{ revision: OLD }],
      "mesh:gateways": [
        {
          name: "web",
          namespace: "edge",
          replicas: 10,
          revisions: [{ revision: OLD, weight: 100 }],
        },
      ],
    });
    await stack.up();
    env = { ...stack.shell, PULUMI_DEBUG_COMMANDS: "" };
    const timing = { interval: 1, count: 2, warmUp: 0, window: 5, limit: 1 };
    const policy = {
      prometheus: { url: prometheus.url },
      gates: [{ kind: "prometheus", metric: "success-rate", ...timing }],
    };
    writeFileSync(join(stack.folder, "policy.json"), JSON.stringify(policy));
  });

  after(async () => {
    metrics?.stop();
    await prometheus?.server.stop();
  });

  /** The values of a metric of the canary in a report. */
  function values({ traffic }: ReportDocument, metric: TrafficMetric): number[] {
    const own = traffic.series.filter((one) => one.metric === metric && one.line === NEW);
    assert.equal(own.length, 1, traffic.missing.join());
    return own.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
  }

  const start = (...words: string[]): Promise<Finished> =>
    mesh(["upgrade", "start", "--stack", "prod", "--yes", ...words], { cwd: stack.folder, env });

  stage(
    "a canary that answers 5xx to a tenth of its requests is rolled back at its first weight",
    async () => {
      const words = ["--to", NEWEST, "--policy", "policy.json", "--report", "report.html"];
      const { code, output } = await start(...words);
      assert.equal(code, 4, output);
      assert.match(
        output,
        /Rolled back, in stage install: gate "success-rate": gateway edge\/web on .*: success rate 90 %, below 99/,
      );
      assert.doesNotMatch(output, /gateway-web-50, /);
      const found = readReport(readFileSync(join(stack.folder, "report.html"), "utf8"));
      assert.ok(found);
      const { steps } = upgradeReport(found);
      assert.deepEqual(
        steps.map(({ stage: name, result }) => [name, result]),
        [
          ["prepare", "passed"],
          ["install", "passed"],
          ["gateway-web-10", "gate"],
          ["install", "back"],
        ],
      );
      assert.ok(Math.max(...values(found, "errors")) > 8, "the errors of the canary are not in it");
    },
  );

  stage("one that answers well goes on to the next weight", async () => {
    errorPercent = 0;
    await delay(WINDOW_MS);
    const words = ["--until", "gateway-web-50", "--report", "report.html", "--report", "all.json"];
    const { code, output } = await start(...words);
    assert.equal(code, 0, output);
    const [page, json] = ["report.html", "all.json"].map((name) =>
      readReport(readFileSync(join(stack.folder, name), "utf8")),
    ) as [ReportDocument, ReportDocument];
    assert.deepEqual(
      page.runs.map(({ events }) => events.at(-1)).map((one) => one?.event === "end" && one.result),
      ["rolledBack", "reached"],
    );
    assert.ok(Math.abs(Math.max(...values(page, "requests")) - PER_SECOND) < 5);
    assert.deepEqual(json.traffic, page.traffic);
    assert.match(output, /gate "success-rate" passed: gateway edge\/web on .*: success rate 100 %/);
    assert.match(output, /Stopped as asked, in stage gateway-web-50/);
  });
});
