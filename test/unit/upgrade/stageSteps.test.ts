import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import { checkStageStep, route } from "../../../mesh/upgrade/stageSteps";
import { stageLine, stageWords } from "../../../mesh/upgrade/stageWords";
import { planUpgrade } from "../../../mesh/upgrade/upgradePlan";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";

const BEFORE: ServiceMeshInputs = {
  version: PREVIOUS,
  revision: OLD,
  profile: "minimal",
  cni: { enabled: true },
  tags: { stable: OLD },
  gateways: [
    { name: "web", namespace: "edge", replicas: 10, revisions: [{ revision: OLD }] },
    { name: "api", namespace: "api", traffic: "active", revisions: [{ revision: "stable" }] },
  ],
  namespaces: [
    { name: "shop", revision: OLD },
    { name: "billing", revision: "stable" },
  ],
};

/** The profile `default` has a gateway. */
const OVERLAY_GATEWAY: ServiceMeshInputs = { version: PREVIOUS, revision: OLD };

const plan = planUpgrade(BEFORE, { to: NEWEST }, overlayLibrary());

const reasons = (from: string, to: string) =>
  checkStageStep(plan, from, to).map(({ reason }) => reason);

describe("a step between stages", () => {
  it("is safe to the next stage, and to the same", () => {
    assert.deepEqual(reasons("prepare", "install"), []);
    assert.deepEqual(reasons("tag-stable", "tag-stable-gateways"), []);
    assert.deepEqual(reasons("finish", "finish"), []);
  });

  it("leaves out no stage on the way forward", () => {
    const [problem] = checkStageStep(plan, "install", "gateway-web-100");
    assert.equal(problem?.path, "upgrade.stage");
    assert.match(problem?.reason ?? "", /stages go forward one by one/);
    assert.match(
      problem?.fix ?? "",
      /: gateway-web-10, then gateway-web-50, then gateway-web-100$/,
    );
  });

  it("goes back over several stages while the control planes and tags stay", () => {
    assert.deepEqual(reasons("gateway-web-100", "install"), []);
    assert.deepEqual(reasons("namespaces-1", "gateway-web-10"), []);
    assert.deepEqual(reasons("install", "prepare"), []);
  });

  it("does not remove a control plane in the update that moves its users", () => {
    assert.deepEqual(reasons("gateway-web-10", "prepare"), [
      `cannot follow on gateway-web-10 in one update: control plane ${NEW} would be removed in the update that moves gateway edge/web away from it`,
    ]);
    assert.deepEqual(route(plan, "gateway-web-10", "prepare"), ["install", "prepare"]);
  });

  it("installs the old control plane before anything moves back to it", () => {
    assert.match(reasons("remove", "namespaces-1").join(), /would be installed in the update/);
    assert.deepEqual(route(plan, "remove", "gateway-api-without-old"), [
      "tag-stable",
      "gateway-api-without-old",
    ]);
  });

  it("does not move a tag while a gateway names it", () => {
    assert.deepEqual(reasons("tag-stable-gateways", "gateway-api-0"), [
      "cannot follow on tag-stable-gateways in one update: tag stable would move in the update in which gateway api/api names it, and its pods could get the proxy of either revision",
    ]);
    assert.deepEqual(reasons("tag-stable-gateways", "tag-stable"), []);
  });

  it("counts gateways of overlays among the users of a control plane", () => {
    const own = planUpgrade(OVERLAY_GATEWAY, { to: NEWEST }, overlayLibrary());
    const [problem] = checkStageStep(own, "node-agents", "prepare");
    assert.match(problem?.reason ?? "", /would be removed in the update that moves gateways of ov/);
    assert.deepEqual(route(own, "node-agents", "prepare"), ["install", "prepare"]);
  });

  it("has a way that goes stage by stage forward", () => {
    assert.deepEqual(
      route(plan, "prepare", "finish"),
      plan.stages.slice(1).map(({ name }) => name),
    );
    assert.deepEqual(route(plan, "install", "install"), []);
  });
});

describe("a stage in words", () => {
  const line = (name: string) => stageLine(plan, name);
  const count = plan.stages.length;

  it("says which stage it is, of how many, and what it does", () => {
    assert.equal(
      line("prepare"),
      `stage 1 of ${count}, prepare: nothing changes yet; only the checks run`,
    );
    assert.equal(
      line("install"),
      `stage 2 of ${count}, install: control plane ${NEW} (Istio ${NEWEST}) and the new CRDs are installed`,
    );
    assert.equal(
      line("gateway-web-10"),
      `stage 3 of ${count}, gateway-web-10: gateway edge/web sends 10 % to ${NEW}`,
    );
    assert.match(line("gateway-api-0"), /gateway api\/api has pods of .* that are ready and serve/);
    assert.match(
      line("gateway-api-without-old"),
      /: the old pods of gateway api\/api are deleted$/,
    );
    assert.match(line("namespaces-1"), /: namespace shop moves to /);
    assert.match(line("tag-stable"), /: tag stable points to /);
    assert.match(line("tag-stable-gateways"), /: gateway api\/api names tag stable again$/);
    assert.match(line("node-agents"), /: the mesh's own version goes to .*, and with it CNI$/);
    assert.match(line("remove"), /: control plane .* is removed$/);
  });

  it("says what moves in the words of a preview", () => {
    assert.deepEqual(stageWords(plan, "gateway-web-10").moves, [
      `gateway edge/web: ${OLD} 100 % (10 pods) → ${OLD} 90 % (9 pods), ${NEW} 10 % (1 pod). Its Service and address stay.`,
    ]);
  });

  it("says which pods restart", () => {
    const restarts = (name: string) => stageWords(plan, name).restarts;
    assert.deepEqual(restarts("install"), ["No pod restarts."]);
    assert.deepEqual(restarts("gateway-api-100"), ["No pod restarts."]);
    assert.deepEqual(restarts("gateway-web-100"), [
      "New pods of gateway edge/web are ready before old ones end. Each old pod has 75 s to finish its requests.",
    ]);
    assert.deepEqual(restarts("namespaces-1"), [
      "The workloads of namespace shop restart in batches, and each batch is waited for.",
    ]);
    assert.deepEqual(restarts("node-agents"), [
      "CNI is replaced on each node. New pods with a proxy wait meanwhile.",
    ]);
  });

  it("says which pods of overlays' gateways restart with the mesh's own version", () => {
    const own = planUpgrade(OVERLAY_GATEWAY, { to: NEWEST }, overlayLibrary());
    assert.deepEqual(stageWords(own, "node-agents").restarts, [
      "The pods of the overlays' gateway istio-system/istio-ingressgateway restart: such a gateway has no weights and moves as a whole.",
    ]);
  });
});
