import assert from "node:assert/strict";
import { formatProblem } from "../../../mesh/common/problem";
import { checkGates } from "../../../mesh/gates/check";
import { type GatedStage, gatesAfter, gateTitle } from "../../../mesh/gates/gates";
import { TIMING_DEFAULTS, timingOf } from "../../../mesh/gates/timing";
import type { GateInputs, GatePolicy } from "../../../mesh/model/gateInputs";

const INSTALL: GatedStage = { name: "install", kind: "install" };
const READY: GatedStage = { name: "gateway-web-0", kind: "gateways", percent: 0 };
const CANARY: GatedStage = { name: "gateway-web-10", kind: "gateways", percent: 10 };
const STAGES = [INSTALL, READY, CANARY, { name: "node-agents", kind: "node-agents" }];

const RATE: GateInputs = { kind: "prometheus", metric: "success-rate" };

function kindsAfter(policy: GatePolicy, stage: GatedStage): string[] {
  const { measuring, pauses } = gatesAfter(policy, stage);
  return [...measuring, ...pauses].map(({ kind }) => kind);
}

describe("gates after a stage", () => {
  it("without gates, the mesh has to be well after each stage", () => {
    for (const stage of STAGES) {
      assert.deepEqual(kindsAfter({}, stage), ["mesh"]);
    }
    assert.deepEqual(kindsAfter({ gates: [] }, CANARY), []);
  });

  it("gates of Prometheus stand where gateways give the new revision traffic", () => {
    const policy = { gates: [RATE] };
    assert.deepEqual(
      STAGES.filter((stage) => kindsAfter(policy, stage).length > 0),
      [CANARY],
    );
  });

  it("Prometheus is asked whether it answers before anything changes, where a gate needs it", () => {
    const first = { name: "prepare", kind: "prepare" };
    const { measuring } = gatesAfter({ gates: [RATE] }, first);
    assert.deepEqual(measuring.map(gateTitle), ["Prometheus answers"]);
    assert.deepEqual(kindsAfter({}, first), ["mesh"]);
  });

  it("a gate names stages, or kinds of them", () => {
    const one: GateInputs = { ...RATE, after: ["install"] };
    const all: GateInputs = { kind: "pause", after: ["gateways", "node-agents"] };
    const policy = { gates: [all, one] };
    assert.deepEqual(kindsAfter(policy, INSTALL), ["prometheus"]);
    assert.deepEqual(kindsAfter(policy, READY), ["pause"]);
  });

  it("have the titles of what they measure, or their own", () => {
    assert.equal(gateTitle(RATE), "success-rate");
    assert.equal(gateTitle({ ...RATE, name: "no errors" }), "no errors");
    assert.equal(
      gateTitle({ kind: "command", command: ["./smoke.sh", "-q"] }),
      "command ./smoke.sh",
    );
  });
});

describe("the timing of a gate", () => {
  it("has the documented defaults", () => {
    const once = { interval: 30, count: 1, warmUp: 0, limit: 0, timeout: 600 };
    assert.deepEqual(TIMING_DEFAULTS, {
      mesh: { interval: 10, count: 3, warmUp: 0, limit: 12, timeout: 600 },
      prometheus: { interval: 30, count: 3, warmUp: 60, limit: 1, timeout: 600 },
      command: once,
      webhook: once,
    });
  });

  it("keeps what is given, also 0, and warms up for as long as rates look back", () => {
    const timing = timingOf({ ...RATE, limit: 0, warmUp: 0, noData: "fail" });
    assert.deepEqual([timing.limit, timing.warmUp, timing.noData], [0, 0, "fail"]);
    assert.equal(timingOf({ ...RATE, window: 300 }).warmUp, 300);
    assert.equal(timingOf({ kind: "mesh" }).noData, "wait");
  });
});

describe("gates that cannot work", () => {
  const AT = { url: "https://prometheus.example.com" };

  function problems(gates: readonly GateInputs[], more: GatePolicy = { prometheus: AT }): string[] {
    return checkGates({ ...more, gates }, STAGES, "upgrade.policy").map((problem) =>
      formatProblem({ ...problem, source: "mesh" }),
    );
  }

  it("those that can have no problem", () => {
    const gates: GateInputs[] = [
      { kind: "mesh", ignore: ["proxy-sync"] },
      RATE,
      { kind: "prometheus", metric: "p99", maxTimesOld: 2 },
      { kind: "prometheus", metric: "p99", workloads: ["shop"], max: 300 },
      { kind: "prometheus", query: "up{ns='{{namespace}}'}[{{window}}]", min: 1 },
      { kind: "command", command: ["true"] },
      { kind: "webhook", url: "http://hook.example.com/x" },
      { kind: "pause", after: ["gateways", "node-agents"] },
    ];
    assert.deepEqual(problems(gates), []);
  });

  const FAULTS: readonly [gate: GateInputs, message: RegExp][] = [
    [{ ...RATE, interval: 0 }, /gates\[0\]\.interval: is not a duration \(got 0\)/],
    [{ ...RATE, count: 0 }, /gates\[0\]\.count: .*allowed: 1 or more/],
    [{ ...RATE, limit: -1 }, /gates\[0\]\.limit: .*allowed: 0 or more/],
    [{ ...RATE, warmUp: -1 }, /gates\[0\]\.warmUp: is not a duration/],
    [{ ...RATE, count: 30 }, /timeout: 30 measurements, one each 30 s, take 870 s .*870 or more/],
    [{ ...RATE, query: "up" }, /gates\[0\]: has to have either metric or query/],
    [{ kind: "prometheus" }, /gates\[0\]: has to have either metric or query/],
    [{ kind: "prometheus", query: "up" }, /gates\[0\]: has neither min nor max/],
    [{ ...RATE, min: 100, max: 90 }, /gates\[0\]\.min: is above max, which is 90/],
    [{ ...RATE, maxTimesOld: 2 }, /maxTimesOld: goes with metric: p99 of gateways only/],
    [{ ...RATE, metric: "p99", workloads: ["shop"] }, /p99 of workloads has no limit/],
    [
      { kind: "prometheus", query: "up{a='{{newWorkloads}}'}", min: 1 },
      /query: stands for nothing \(got "\{\{newWorkloads\}\}"\).*did you mean "newWorkload"\?/,
    ],
    [{ ...RATE, after: ["gatways"] }, /after\[0\]: is neither .*did you mean "gateways"\?/],
    [{ kind: "mesh", ignore: ["proxy-snyc"] }, /ignore\[0\]: .*did you mean "proxy-sync"\?/],
    [{ kind: "command", command: [] }, /gates\[0\]\.command: names no program/],
    [{ kind: "command", command: ["x"], timeLimit: 0 }, /timeLimit: is not a duration/],
    [{ kind: "webhook", url: "hook.example.com" }, /gates\[0\]\.url: is no address/],
  ];
  for (const [gate, message] of FAULTS) {
    it(`${JSON.stringify(gate)} is refused`, () => {
      const found = problems([gate]);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", message);
    });
  }

  it("the place of Prometheus has to be one, and to fit", () => {
    const place = (prometheus: GatePolicy["prometheus"]) => problems([RATE], { prometheus });
    assert.match(
      place(undefined).join(),
      /gates\[0\]: needs a Prometheus; fix: policy\.prometheus/,
    );
    assert.match(place({}).join(), /prometheus: has to have either url or service/);
    assert.match(place({ url: "x" }).join(), /prometheus\.url: is no address/);
    assert.match(place({ service: "prometheus" }).join(), /allowed: NAMESPACE\/SERVICE:PORT/);
    assert.deepEqual(place({ service: "istio-system/prometheus:9090" }), []);
    assert.match(
      place({ service: "istio-system/prometheus:9090", bearerToken: "hush" }).join(),
      /do not reach a Service behind the API server/,
    );
  });

  it("nothing that may be secret is named", () => {
    const secret = "hush-hush";
    const found = problems([{ kind: "webhook", url: secret, headers: { a: secret } }], {
      prometheus: { url: secret, bearerToken: secret },
    });
    assert.equal(found.length, 2);
    assert.ok(!found.join("\n").includes(secret));
  });
});
