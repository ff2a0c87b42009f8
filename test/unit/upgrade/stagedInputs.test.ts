import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { formatProblem, InvalidInput } from "../../../mesh/common/problem";
import { type MeshFacts, NO_MESH } from "../../../mesh/model/facts";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import type { UpgradePolicy } from "../../../mesh/model/upgradeInputs";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { checkRecordedStage, describeStage } from "../../../mesh/upgrade/recordedStage";
import { type CurrentStage, stagedInputs } from "../../../mesh/upgrade/stagedInputs";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";

const library = overlayLibrary();

const BEFORE: ServiceMeshInputs = {
  version: PREVIOUS,
  revision: OLD,
  profile: "minimal",
  gateways: [{ name: "web", namespace: "edge", replicas: 10, revisions: [{ revision: OLD }] }],
  namespaces: [{ name: "shop", revision: OLD }],
};

/** The stage of an upgrade, and the facts that its update records. */
interface At {
  readonly current: CurrentStage;
  readonly facts: MeshFacts;
}

function at(stage: string, policy: UpgradePolicy = {}, to = NEWEST): At {
  const { upgrade: current } = stagedInputs({ ...BEFORE, upgrade: { to, stage, policy } }, library);
  assert.ok(current);
  return { current, facts: { ...current.stage.facts, upgrade: { to, stage } } };
}

const without = (inputs: ServiceMeshInputs): MeshFacts => planMesh(inputs, library).facts;

function texts(before: MeshFacts, after: MeshFacts, current?: CurrentStage): string[] {
  return checkRecordedStage(before, after, current).map(formatProblem);
}

const step = (before: MeshFacts, { facts, current }: At) => texts(before, facts, current);

describe("the inputs of a mesh with an upgrade", () => {
  it("are those of its stage, and those from before it in the first one", () => {
    const staged = (stage?: string) =>
      stagedInputs({ ...BEFORE, upgrade: { to: NEWEST, ...(stage && { stage }) } }, library);
    assert.deepEqual(staged().inputs, BEFORE);
    assert.equal(staged().upgrade?.stage.name, "prepare");
    assert.deepEqual(staged("finish").inputs, {
      ...BEFORE,
      version: NEWEST,
      revision: NEW,
      gateways: [{ name: "web", namespace: "edge", replicas: 10, revisions: [{ revision: NEW }] }],
      namespaces: [{ name: "shop", revision: NEW }],
    });
  });

  it("stay as they are without one", () => {
    assert.deepEqual(stagedInputs(BEFORE, library), { inputs: BEFORE });
  });

  it("are refused for an unknown stage, with those that there are and a near name", () => {
    assert.throws(
      () => stagedInputs({ ...BEFORE, upgrade: { to: NEWEST, stage: "instal" } }, library),
      /upgrade\.stage: is no stage of the upgrade \(got "instal"\); allowed: prepare, install, .*finish; fix: did you mean "install"\?/,
    );
  });

  it("are refused if they do not fit their type, with the problems of the other inputs", () => {
    const upgrade = { to: 1.31, polcy: {} } as unknown as NonNullable<ServiceMeshInputs["upgrade"]>;
    assert.throws(
      () => stagedInputs({ ...BEFORE, profile: "minmal", upgrade }, library),
      (error) =>
        error instanceof InvalidInput &&
        ["upgrade.to", "upgrade.polcy", "profile"].every((path) =>
          error.problems.some((problem) => problem.path === path),
        ),
    );
  });
});

describe("an update from the recorded stage", () => {
  it("goes to the next stage, or back", () => {
    assert.deepEqual(step(at("install").facts, at("gateway-web-10")), []);
    assert.deepEqual(step(at("namespaces-1").facts, at("gateway-web-10")), []);
    assert.deepEqual(step(at("remove").facts, at("finish")), []);
  });

  it("is refused for a stage that is not the next", () => {
    assert.match(
      step(at("install").facts, at("gateway-web-50")).join(),
      /upgrade\.stage: skips stages: the mesh is in install.*: gateway-web-10, then gateway-web-50$/,
    );
  });

  it("begins with the first two stages, for a mesh that had no upgrade", () => {
    const before = without(BEFORE);
    assert.deepEqual(step(before, at("prepare")), []);
    assert.deepEqual(step(before, at("install")), []);
    assert.match(step(before, at("gateway-web-10")).join(), /the mesh is in prepare/);
  });

  it("may go anywhere for a mesh that is not there yet", () => {
    assert.deepEqual(step(NO_MESH, at("gateway-web-50")), []);
  });

  it("finds its stage by what the mesh is, where the state does not say it", () => {
    const { upgrade: _, ...hand } = at("gateway-web-10").facts;
    assert.deepEqual(step(hand, at("gateway-web-50")), []);
    assert.match(step(hand, at("gateway-web-100")).join(), /the mesh is in gateway-web-10/);
  });

  it("goes on after a change of the policy that leaves the stage", () => {
    const policy = { weights: [10, 30] };
    assert.deepEqual(step(at("gateway-web-10").facts, at("gateway-web-30", policy)), []);
    assert.match(
      step(at("gateway-web-50").facts, at("gateway-web-30", policy)).join(),
      /the last update was in stage gateway-web-50 .*allowed: prepare, .*fix: set upgrade\.policy/,
    );
  });

  it("does not go on to another version in the middle", () => {
    const [major, minor, patch] = NEWEST.split(".").map(Number);
    const later = `${major}.${minor}.${(patch ?? 0) + 1}`;
    assert.match(
      step(at("gateway-web-50").facts, at("install", {}, later)).join("\n"),
      new RegExp(`upgrade\\.to: the upgrade to ${NEWEST} is in stage gateway-web-50, and these`),
    );
    assert.deepEqual(step(at("install").facts, at("install", {}, later)), []);
  });
});

describe("an update without `upgrade` after one with it", () => {
  const end = stagedInputs({ ...BEFORE, upgrade: { to: NEWEST, stage: "finish" } }, library).inputs;

  it("is refused if the old inputs would leave the upgrade in the middle", () => {
    const [first = ""] = texts(at("gateway-web-10").facts, without(BEFORE));
    assert.equal(
      first,
      `inputs: upgrade: the upgrade to ${NEWEST} is in stage gateway-web-10, and these inputs would leave it: control plane ${NEW} would be removed in the update that moves gateway edge/web away from it; fix: set upgrade to { to: ${NEWEST}, stage: gateway-web-10 } again, and go on from there or back by an earlier stage; to end it, write the inputs of its stage finish`,
    );
    assert.match(texts(at("finish").facts, without(BEFORE)).join(), /would be installed in the/);
  });

  it("is fine where nothing has moved yet, and with the inputs of the last stage", () => {
    assert.deepEqual(texts(at("prepare").facts, without(BEFORE)), []);
    assert.deepEqual(texts(at("install").facts, without(BEFORE)), []);
    assert.deepEqual(texts(at("finish").facts, without(end)), []);
  });

  it("has no rules of its own if there was no upgrade", () => {
    assert.deepEqual(texts(without(BEFORE), without(end)), []);
  });
});

describe("what a preview says of a stage", () => {
  const said = (before: MeshFacts, current?: CurrentStage) =>
    describeStage(before, current).map(({ text }) => text);
  const count = at("prepare").current.plan.stages.length;

  it("is which one comes, what it does and which is next", () => {
    assert.deepEqual(said(at("install").facts, at("gateway-web-10").current), [
      `upgrade to ${NEWEST}, stage 3 of ${count}, gateway-web-10: gateway edge/web sends 10 % to ${NEW}. The next stage is gateway-web-50.`,
    ]);
    assert.match(said(at("remove").facts, at("finish").current).join(), /It is the last one\.$/);
  });

  it("is that it goes back", () => {
    assert.deepEqual(said(at("gateway-web-50").facts, at("install").current), [
      `upgrade to ${NEWEST} goes back from stage gateway-web-50 to stage 2 of ${count}, install. The next stage is gateway-web-10.`,
    ]);
  });

  it("is nothing if the stage stays, or if there is no upgrade", () => {
    assert.deepEqual(said(at("install").facts, at("install").current), []);
    assert.deepEqual(said(without(BEFORE)), []);
  });

  it("is that the inputs have no upgrade any more", () => {
    assert.deepEqual(said(at("finish").facts), [
      `the inputs have no \`upgrade\` any more. The last update was in stage finish of the upgrade to ${NEWEST}.`,
    ]);
  });
});
