import assert from "node:assert/strict";
import { plannedMeshes } from "../../../mesh/plan/plannedMesh";

const URN = "urn:pulumi:dev::shop::servicemesh:index:ServiceMesh::blue";
const FORMER = "urn:pulumi:dev::shop::servicemesh:index:ServiceMesh::green";
const ADDRESS = "urn:pulumi:dev::shop::gcp:compute/address:Address::ip";
const PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:kubernetes::cluster";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const TYPE = "servicemesh:index:ServiceMesh";

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

const stateOf = (...resources: object[]) => ({ version: 3, deployment: { resources } }) as never;
const planOf = (resourcePlans: object) => ({ resourcePlans }) as never;

const mesh = (inputDiff: object, more: object = {}, steps = ["update"]) => ({
  [URN]: { goal: { type: TYPE, inputDiff, ...more }, steps },
});

describe("the meshes of a plan", () => {
  const before = { version: "1.30.4", revision: "a", hub: secret("old.example"), set: ["x=1"] };
  const state = stateOf({ urn: URN, type: TYPE, inputs: before });

  it("have the inputs of the state with what is added, updated and deleted", () => {
    const inputDiff = {
      adds: { profile: "minimal" },
      updates: { version: "1.31.0", hub: secret("new.example") },
      deletes: ["set"],
    };
    const { meshes, moved } = plannedMeshes(planOf(mesh(inputDiff)), state);
    const [planned] = meshes;
    assert.equal(planned?.name, "blue");
    assert.deepEqual(planned.inputs, {
      version: "1.31.0",
      revision: "a",
      hub: "new.example",
      profile: "minimal",
    });
    assert.deepEqual(planned.secrets, ["new.example"]);
    assert.deepEqual(planned.unknown, []);
    assert.deepEqual(moved, []);
  });

  it("are those of the program alone: none that it no longer has", () => {
    const plan = planOf({ [URN]: { steps: ["delete"], state: {} } });
    assert.deepEqual(plannedMeshes(plan, state), { meshes: [], moved: [] });
  });

  it("have the paths of what only an update will know, and what changes before", () => {
    const adds = {
      version: "1.31.0",
      gateways: [{ name: "web", service: { annotations: { ip: UNKNOWN } } }],
      hub: secret(UNKNOWN),
    };
    const propertyDependencies = { gateways: [ADDRESS, PROVIDER], version: [] };
    const plan = planOf({
      ...mesh({ adds }, { propertyDependencies }, ["create"]),
      [ADDRESS]: {
        goal: { type: "gcp:compute/address:Address", inputDiff: {} },
        steps: ["create"],
      },
      [PROVIDER]: { goal: { type: "pulumi:providers:kubernetes" }, steps: ["same"] },
    });
    const [planned] = plannedMeshes(plan, stateOf({ urn: PROVIDER })).meshes;
    assert.deepEqual(planned?.unknown, [
      {
        path: "gateways[0].service.annotations.ip",
        after: ["ip (gcp:compute/address:Address)"],
      },
      { path: "hub", after: [] },
    ]);
  });

  it("go where the provider of their objects puts them, if that is known", () => {
    const object = { type: "kubernetes:core/v1:Service", parent: URN, provider: `${PROVIDER}::id` };
    const planned = (kubeconfig: string) =>
      plannedMeshes(
        planOf({
          ...mesh({ adds: { version: "1.31.0" } }, {}, ["create"]),
          [PROVIDER]: {
            goal: { type: "pulumi:providers:kubernetes", inputDiff: { adds: { kubeconfig } } },
            steps: ["create"],
          },
          "urn:service": { goal: object, steps: ["create"] },
        }),
        stateOf(),
      ).meshes[0];
    assert.deepEqual(planned("prod.yaml")?.target, { kind: "cluster", kubeconfig: "prod.yaml" });
    assert.equal(planned("prod.yaml")?.isTargetUnknown, false);
    assert.equal(planned(UNKNOWN)?.isTargetUnknown, true);
  });

  it("with another name are found by their alias, and named where there is none", () => {
    const former = stateOf({ urn: FORMER, type: TYPE, inputs: before });
    const diff = { updates: { version: "1.31.0" } };
    const named = plannedMeshes(planOf(mesh(diff, { aliases: [FORMER] })), former);
    assert.equal(named.meshes[0]?.inputs.revision, "a");
    assert.deepEqual(named.moved, []);
    assert.deepEqual(plannedMeshes(planOf(mesh(diff)), former).moved, ["blue"]);
  });
});
