import assert from "node:assert/strict";
import type { InvalidInput } from "../../../mesh/common/problem";
import { rollbackStage, stagesAhead, stagesBack, stagesUntil } from "../../../mesh/runner/begin";
import { finalEdits } from "../../../mesh/runner/finalConfig";
import { recordedUpgrade } from "../../../mesh/runner/recordedUpgrade";
import { gatewaySubjects } from "../../../mesh/runner/subjects";
import { inputsAt } from "../../../mesh/upgrade/upgradePlan";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";
import { INPUTS, upgradePlan } from "./plan";

const plan = upgradePlan();
const names = plan.stages.map(({ name }) => name);

function begins(recorded: string | undefined, configured?: string) {
  const position = (stage: string) => ({ to: NEWEST, stage });
  const [first] = stagesAhead(plan, {
    ...(recorded !== undefined && { recorded: position(recorded) }),
    ...(configured !== undefined && { configured: position(configured) }),
  });
  return first;
}

describe("where a runner begins", () => {
  it("with the first stage, and goes to the last one", () => {
    assert.deepEqual(stagesAhead(plan, {}), names);
    assert.equal(names.at(-1), "finish");
    assert.equal(begins(undefined, "gateway-web-10"), "prepare");
  });

  it("with the stage of the last update, which may not have ended", () => {
    assert.equal(begins("gateway-web-10"), "gateway-web-10");
    assert.equal(begins("gateway-web-10", "gateway-web-10"), "gateway-web-10");
  });

  it("with the next one, if the configuration says that its update has begun", () => {
    assert.equal(begins("gateway-web-10", "gateway-web-50"), "gateway-web-50");
  });

  it("never with an earlier one that another machine's file says", () => {
    assert.equal(begins("gateway-web-50", "install"), "gateway-web-50");
  });

  it("skips none that a file has skipped", () => {
    assert.equal(begins("install", "namespaces-1"), "install");
  });

  it("refuses another version than that of the upgrade under way", () => {
    assert.throws(
      () => stagesAhead(plan, { recorded: { to: "1.99.0", stage: "install" } }),
      (error: InvalidInput) => /the stack is in an upgrade to 1\.99\.0/.test(error.message),
    );
  });
});

describe("where a runner ends", () => {
  it("with the stage of --until", () => {
    const stages = stagesAhead(plan, {});
    assert.deepEqual(stagesUntil(plan, stages, "install"), ["prepare", "install"]);
  });

  it("refuses one that lies behind, and one that is none", () => {
    assert.throws(
      () => stagesUntil(plan, ["gateway-web-10", "finish"], "install"),
      /--until: lies behind.*fix: mesh upgrade rollback --to install/,
    );
    assert.throws(() => stagesUntil(plan, names, "gateway-web-11"), /did you mean/);
  });
});

describe("the way back", () => {
  it("of a gateway is the stage before its canary, from each of its stages", () => {
    const web = ["gateway-web-10", "gateway-web-50", "gateway-web-100"];
    assert.deepEqual(
      web.map((stage) => rollbackStage(plan, stage)),
      ["install", "install", "install"],
    );
    assert.equal(rollbackStage(plan, "gateway-api-50"), "gateway-web-100");
  });

  it("of other stages is a person's decision", () => {
    for (const { name, kind } of plan.stages) {
      assert.equal(rollbackStage(plan, name) === undefined, kind !== "gateways", name);
    }
  });

  it("goes in as many updates as are safe, and updates a stage that is there already", () => {
    assert.deepEqual(stagesBack(plan, "gateway-web-50", "install"), ["install"]);
    assert.deepEqual(stagesBack(plan, "install", "install"), ["install"]);
    assert.ok(stagesBack(plan, "finish", "prepare").length > 1);
    assert.throws(() => stagesBack(plan, "install", "finish"), /--to: is ahead/);
  });
});

describe("what gates look at", () => {
  it("the pods of the gateway that a stage moves, beside the old ones", () => {
    assert.deepEqual(gatewaySubjects(plan, "gateway-web-10"), [
      {
        namespace: "edge",
        gateway: "web",
        newRevision: NEW,
        newWorkload: `web-${NEW}`,
        oldRevision: OLD,
        oldWorkload: `web-${OLD}`,
      },
    ]);
  });

  it("no old pods where there are none", () => {
    const [web] = gatewaySubjects(plan, "gateway-web-100");
    assert.equal(web?.oldWorkload, undefined);
  });

  it("all gateways that have moved, after other stages", () => {
    assert.deepEqual(gatewaySubjects(plan, "install"), []);
    assert.deepEqual(
      gatewaySubjects(plan, "namespaces-1").map(({ gateway }) => gateway),
      ["web", "api"],
    );
  });
});

describe("the configuration at the end", () => {
  it("has the inputs of the last stage, and no upgrade", () => {
    const edits = finalEdits(inputsAt(plan, "finish"), INPUTS, INPUTS);
    assert.deepEqual(edits.map(({ key }) => key).sort(), [
      "mesh:gateways",
      "mesh:namespaces",
      "mesh:revisions",
      "mesh:tags",
      "mesh:upgrade",
      "mesh:version",
    ]);
    assert.deepEqual(
      edits.find(({ key }) => key === "mesh:version"),
      { key: "mesh:version", before: PREVIOUS, after: NEWEST },
    );
  });

  it("has paths as they were written, wherever the command runs", () => {
    const own = (path: string) => ({
      ...INPUTS,
      revisions: [{ revision: OLD, overlays: [path] }],
    });
    const last = { ...own("../a.yaml"), version: NEWEST };
    const edits = finalEdits(last, own("../a.yaml"), own("./a.yaml"));
    assert.deepEqual(edits.map(({ key }) => key).sort(), ["mesh:upgrade", "mesh:version"]);
  });
});

describe("the stage in a state", () => {
  const record = (mesh: string, inputs: object, more = {}) => ({
    type: "servicemesh:index:Plan",
    urn: `urn:pulumi:dev::shop::servicemesh:index:ServiceMesh$servicemesh:index:Plan::${mesh}-plan`,
    inputs,
    ...more,
  });
  const upgrade = { to: NEWEST, stage: "install" };
  const state = (...resources: object[]) => ({ deployment: { resources } }) as never;

  it("is that of the mesh that is named, or of the only one", () => {
    const both = state(record("a", {}), record("b", { upgrade }));
    assert.deepEqual(recordedUpgrade(both), upgrade);
    assert.deepEqual(recordedUpgrade(both, "b"), upgrade);
    assert.equal(recordedUpgrade(both, "a"), undefined);
  });

  it("is none without an upgrade, and of a resource that is being deleted", () => {
    assert.equal(recordedUpgrade(state(record("a", {}))), undefined);
    assert.equal(recordedUpgrade(state(record("a", { upgrade }, { delete: true }))), undefined);
    assert.equal(recordedUpgrade({}), undefined);
  });
});
