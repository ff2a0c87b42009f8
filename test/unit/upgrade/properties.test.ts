import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { overlayLibrary } from "../../../adapters/overlays";
import { throwIfAny } from "../../../mesh/common/problem";
import { gatewayTitle } from "../../../mesh/model/facts";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import type { UpgradePolicy } from "../../../mesh/model/upgradeInputs";
import { checkStep, planMesh } from "../../../mesh/plan/meshPlan";
import { checkStageStep, route } from "../../../mesh/upgrade/stageSteps";
import { stageLine, stageWords } from "../../../mesh/upgrade/stageWords";
import type { StageKind, UpgradePlan, UpgradeStage } from "../../../mesh/upgrade/types";
import { inputsAt, planUpgrade } from "../../../mesh/upgrade/upgradePlan";
import { NEWEST } from "../../../toolchain/versions";
import { meshes, policies } from "./arbitrary";

const library = overlayLibrary();

/** The same meshes for all tests, so that each upgrade is planned once. */
const SAME = { numRuns: 40, seed: Date.now() };
const known = new Map<string, UpgradePlan>();

function planned(before: ServiceMeshInputs, policy: UpgradePolicy): UpgradePlan {
  const key = JSON.stringify([before, policy]);
  const plan = known.get(key) ?? planUpgrade(before, { to: NEWEST, policy }, library);
  known.set(key, plan);
  return plan;
}

function pairs({ stages }: UpgradePlan): (readonly [UpgradeStage, UpgradeStage])[] {
  return stages.slice(1).map((stage, index) => [stages[index] as UpgradeStage, stage]);
}

/** Calls the check with the plan of the upgrade of each random mesh. */
function eachUpgrade(check: (plan: UpgradePlan, before: ServiceMeshInputs) => void): void {
  fc.assert(
    fc.property(meshes, policies, (before, policy) => {
      check(planned(before, policy), before);
    }),
    SAME,
  );
}

/** The inputs that a stage of each kind may change. */
const CHANGED: Readonly<Record<StageKind, readonly (keyof ServiceMeshInputs)[]>> = {
  prepare: [],
  install: ["revisions", "namespaces"],
  gateways: ["gateways"],
  namespaces: ["namespaces", "gateways"],
  tag: ["tags", "gateways"],
  "tag-gateways": ["gateways"],
  "node-agents": ["version", "revision", "revisions", "tag"],
  remove: ["revisions"],
  finish: ["revision", "revisions", "namespaces"],
};

function changedKeys(before: ServiceMeshInputs, after: ServiceMeshInputs): string[] {
  const all = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...all].filter((key) => {
    const [old, now] = [before, after].map((own) => own[key as keyof ServiceMeshInputs]);
    return !isDeepStrictEqual(old, now);
  });
}

/** What an upgrade leaves of a gateway: everything but its revisions. */
function lasting({ revisions: _, active: __, eastWest, ...gateway }: GatewayInputs) {
  const { istiodRevision: ___, ...rest } = eastWest ?? {};
  return { ...gateway, ...(eastWest !== undefined && { eastWest: rest }) };
}

const isShared = ({ revisions }: GatewayInputs) => revisions.length > 1;

describe("the upgrade of a random mesh", function () {
  this.timeout(300_000);

  it("has stages that are each a valid mesh, which an update would not refuse", () => {
    eachUpgrade(({ stages }) => {
      for (const { inputs, facts } of stages) {
        const plan = planMesh(inputs, library);
        throwIfAny(plan.refused);
        assert.deepEqual(plan.facts, facts);
        assert.equal("upgrade" in inputs, false);
      }
    });
  });

  it("has steps that pass all checks, forward and backward", () => {
    eachUpgrade((plan) => {
      for (const [former, stage] of pairs(plan)) {
        assert.deepEqual(checkStep(former.facts, stage.facts).problems, []);
        assert.deepEqual(checkStep(stage.facts, former.facts).problems, []);
        assert.deepEqual(checkStageStep(plan, former.name, stage.name), []);
        assert.deepEqual(checkStageStep(plan, stage.name, former.name), []);
      }
    });
  });

  it("changes in each stage what the stage says, and nothing else", () => {
    eachUpgrade((plan) => {
      for (const [former, stage] of pairs(plan)) {
        const changed = changedKeys(former.inputs, stage.inputs);
        assert.deepEqual(
          changed.filter((key) => !(CHANGED[stage.kind] as readonly string[]).includes(key)),
          [],
          stage.name,
        );
        const other = ({ inputs }: UpgradeStage) =>
          inputs.gateways?.filter((own) => !stage.gateways.includes(gatewayTitle(own)));
        assert.deepEqual(other(stage), other(former), stage.name);
      }
    });
  });

  it("starts with the inputs as they are, and comes back to them from each stage", () => {
    eachUpgrade((plan, before) => {
      for (const { name } of plan.stages) {
        const way = route(plan, name, "prepare");
        const stops = [name, ...way];
        for (const [index, stop] of way.entries()) {
          assert.deepEqual(checkStageStep(plan, stops[index] as string, stop), []);
        }
        assert.deepEqual(inputsAt(plan, stops.at(-1) as string), before);
      }
    });
  });

  it("loses nothing that is to last", () => {
    eachUpgrade((plan, before) => {
      const after = inputsAt(plan, "finish");
      assert.deepEqual(after.gateways?.map(lasting), before.gateways?.map(lasting));
      assert.deepEqual(
        after.namespaces?.map(({ revision: _, ...own }) => own),
        before.namespaces?.map(({ revision: _, ...own }) => own),
      );
      const tags = Object.keys(after.tags ?? {});
      assert.deepEqual(
        Object.keys(before.tags ?? {}).filter((tag) => !tags.includes(tag)),
        [],
      );
      const touched = ["version", "revision", "revisions", "tag", "tags", "gateways", "namespaces"];
      assert.deepEqual(
        changedKeys(before, after).filter((key) => !touched.includes(key)),
        [],
      );
    });
  });

  it("ends with the new control plane alone", () => {
    eachUpgrade((plan) => {
      const { facts, inputs } = plan.stages.at(-1) as UpgradeStage;
      assert.deepEqual(facts.controlPlanes, [{ revision: plan.revision, version: NEWEST }]);
      assert.equal(inputs.version, NEWEST);
    });
  });

  it("says in words what each stage does", () => {
    eachUpgrade((plan) => {
      for (const { name, kind } of plan.stages) {
        const words = stageWords(plan, name);
        assert.match(stageLine(plan, name), /^stage \d+ of \d+, /);
        assert.ok(words.restarts.length > 0 && words.checks.length > 0);
        if (kind !== "prepare" && kind !== "node-agents" && kind !== "finish") {
          assert.ok(words.moves.length > 0, name);
        }
      }
    });
  });

  it("is the name of the new revision in place of the old one's", () => {
    eachUpgrade((plan, before) => {
      if (before.revision === undefined || before.gateways?.some(isShared)) {
        return;
      }
      const texts = JSON.stringify(before)
        .replaceAll(`"${before.revision}"`, `"${plan.revision}"`)
        .replaceAll(before.version, NEWEST);
      assert.deepEqual(inputsAt(plan, "finish"), JSON.parse(texts));
    });
  });
});
